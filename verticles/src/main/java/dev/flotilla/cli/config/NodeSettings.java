package dev.flotilla.cli.config;

import dev.flotilla.cli.config.Setting.Default;
import dev.flotilla.engine.EngineOptions.Backend;
import dev.flotilla.engine.EngineOptions.CacheType;
import dev.flotilla.node.LogOptions;
import dev.flotilla.node.lending.PortRange;
import dev.flotilla.sharding.link.ActivationType;
import dev.flotilla.sharding.plan.ShardSetting;
import dev.flotilla.tokens.PeerAddress;
import dev.flotilla.tokens.TokenException;
import java.nio.file.Path;
import java.util.List;

/**
 * The table of a node's settings. Flags, variables, keys of the configuration file, {@code
 * --print-config}, help and documentation all follow it.
 */
public final class NodeSettings {
  private NodeSettings() {}

  /** Whether the fused attention kernel is used. */
  enum FlashAttention {
    AUTO,
    ON,
    OFF
  }

  /** Whether tokens are guessed ahead. */
  enum Speculation {
    AUTO,
    OFF
  }

  /** How token states become one embedding. */
  enum PoolingChoice {
    AUTO,
    NONE,
    MEAN,
    CLS,
    LAST
  }

  // Models

  static final Setting<List<ModelSpec>> MODEL =
      Setting.of(
              "model",
              SettingType.list("[NAME=]FILE", ModelSpec::parse),
              "",
              "GGUF file to serve, the first part of a split one, or a file's name in the models"
                  + " folder; may be given several times. NAME is what requests call it, by default"
                  + " the file's name without .gguf.")
          .withDefault(Default.NONE)
          .withFlags("-m");
  static final Setting<Path> MODELS_DIR =
      Setting.of("models-dir", SettingType.PATH, "", "Folder where model names are looked up.")
          .withDefault(new Default("models in the state folder", _ -> List.of()))
          .withVariables("LOCALAI_MODELS_PATH");
  static final Setting<String> CHAT_TEMPLATE =
      Setting.of(
              "chat-template",
              SettingType.TEXT,
              "",
              "Chat template in place of the model's own: a Jinja file (its name has a slash or ends"
                  + " in .jinja) or the name of a built-in one.")
          .withDefault(new Default("the model's own", _ -> List.of()));

  // Engine

  static final Setting<Backend> BACKEND =
      Setting.of(
          "backend", SettingType.choice(Backend.class), "cpu", "Native libraries that run models.");
  static final Setting<Integer> CONTEXT_SIZE =
      Setting.of(
              "context-size",
              SettingType.INTEGER,
              "0",
              "Tokens of context of each slot; 0 takes what the model was"
                  + " trained on, at most 4096.")
          .withFlags("-c", "--ctx-size")
          .withVariables("LOCALAI_CONTEXT_SIZE");
  static final Setting<Integer> SLOTS =
      Setting.of("slots", SettingType.INTEGER, "4", "Answers that each model generates at once.")
          .withFlags("--parallel");
  static final Setting<Integer> QUEUE =
      Setting.of(
          "queue",
          SettingType.INTEGER,
          "64",
          "Requests of each model that may wait for a slot; more are refused with 429.");
  static final Setting<Integer> BATCH_SIZE =
      Setting.of("batch-size", SettingType.INTEGER, "512", "The most tokens of one compute step.")
          .withFlags("-b");
  static final Setting<Integer> THREADS =
      Setting.of(
              "threads",
              SettingType.INTEGER,
              "",
              "Compute threads of the node while it generates, shared evenly by its models; never"
                  + " more than it has processors.")
          .withDefault(
              new Default(
                  "physical cores", host -> List.of(Integer.toString(host.physicalCores()))))
          .withFlags("-t")
          .withVariables("LOCALAI_THREADS");
  static final Setting<Integer> THREADS_BATCH =
      Setting.of("threads-batch", SettingType.INTEGER, "", "The same while it reads prompts.")
          .withDefault(new Default("threads", _ -> List.of()))
          .withFlags("-tb");
  static final Setting<CacheType> CACHE_TYPE_K =
      Setting.of(
              "cache-type-k",
              SettingType.choice(CacheType.class),
              "f16",
              "Storage type of the keys in the KV cache.")
          .withFlags("-ctk");
  static final Setting<CacheType> CACHE_TYPE_V =
      Setting.of(
              "cache-type-v",
              SettingType.choice(CacheType.class),
              "f16",
              "Storage type of the values in the KV cache.")
          .withFlags("-ctv");
  static final Setting<Boolean> MMAP =
      Setting.of("mmap", SettingType.SWITCH, "true", "Map model files instead of reading them.");
  static final Setting<Boolean> MLOCK =
      Setting.of("mlock", SettingType.SWITCH, "false", "Lock the weights in memory.");
  static final Setting<Integer> GPU_LAYERS =
      Setting.of(
              "gpu-layers",
              SettingType.INTEGER,
              "-1",
              "Layers that a GPU holds, where the backend has one; -1 for all that fit.")
          .withFlags("-ngl");
  static final Setting<FlashAttention> FLASH_ATTENTION =
      Setting.of(
              "flash-attention",
              SettingType.choice(FlashAttention.class),
              "auto",
              "Whether the fused attention kernel is used.")
          .withFlags("-fa");
  static final Setting<Boolean> CONTEXT_SHIFT =
      Setting.of(
          "context-shift",
          SettingType.SWITCH,
          "false",
          "At the end of the context forget the oldest half and go on, instead of ending the"
              + " answer.");
  static final Setting<Boolean> PREFIX_CACHE =
      Setting.of(
          "prefix-cache",
          SettingType.SWITCH,
          "true",
          "Keep what idle slots have read, for prompts that begin alike.");
  static final Setting<PoolingChoice> POOLING =
      Setting.of(
          "pooling",
          SettingType.choice(PoolingChoice.class),
          "auto",
          "How token states become one embedding; auto asks the model.");
  static final Setting<Boolean> EMBEDDINGS =
      Setting.of(
          "embeddings", SettingType.SWITCH, "false", "Serve embeddings and generate no text.");

  // Sampling, where a request doesn't say

  static final Setting<Float> TEMPERATURE =
      Setting.of("temperature", SettingType.DECIMAL, "0.8", "0 always takes the likeliest token.")
          .withFlags("--temp");
  static final Setting<Integer> TOP_K =
      Setting.of("top-k", SettingType.INTEGER, "40", "Likeliest tokens kept; 0 keeps all.");
  static final Setting<Float> TOP_P =
      Setting.of("top-p", SettingType.DECIMAL, "0.95", "Probability mass kept; 1 keeps all.");
  static final Setting<Float> MIN_P =
      Setting.of(
          "min-p",
          SettingType.DECIMAL,
          "0.05",
          "Least probability kept, as a part of the likeliest token's; 0 keeps all.");
  static final Setting<Float> TYPICAL_P =
      Setting.of("typical-p", SettingType.DECIMAL, "1", "Locally typical mass kept; 1 keeps all.");
  static final Setting<Float> REPEAT_PENALTY =
      Setting.of(
          "repeat-penalty",
          SettingType.DECIMAL,
          "1",
          "Divides the logits of recent tokens; 1 is off.");
  static final Setting<Integer> REPEAT_LAST_N =
      Setting.of(
          "repeat-last-n",
          SettingType.INTEGER,
          "64",
          "Recent tokens that penalties look at; 0 none, -1 the whole context.");
  static final Setting<Float> FREQUENCY_PENALTY =
      Setting.of(
          "frequency-penalty", SettingType.DECIMAL, "0", "Subtracted for each recent occurrence.");
  static final Setting<Float> PRESENCE_PENALTY =
      Setting.of("presence-penalty", SettingType.DECIMAL, "0", "Subtracted for having occurred.");
  static final Setting<Long> SEED =
      Setting.of("seed", SettingType.LONG, "", "Seed of the sampler.")
          .withDefault(new Default("a new one for every request", _ -> List.of()))
          .withFlags("-s");
  static final Setting<Integer> MAX_TOKENS =
      Setting.of("max-tokens", SettingType.INTEGER, "", "The most tokens of an answer.")
          .withDefault(new Default("up to the context", _ -> List.of()))
          .withFlags("-n");

  // Swarm

  static final Setting<Boolean> P2P =
      Setting.of(
              "p2p",
              SettingType.SWITCH,
              "false",
              "Join the swarm of the token, or begin one; on where a token is given.")
          .withVariables("LOCALAI_P2P", "P2P");
  static final Setting<String> TOKEN =
      Setting.of(
              "token",
              SettingType.TEXT,
              "",
              "Swarm token or invite. Other users can see flags: prefer the variable or token-file.")
          .withDefault(new Default("what the state folder keeps", _ -> List.of()))
          .withFlags("--p2p-token")
          .withVariables("LOCALAI_P2P_TOKEN", "P2P_TOKEN", "TOKEN")
          .asSecret();
  static final Setting<Path> TOKEN_FILE =
      Setting.of("token-file", SettingType.PATH, "", "File with the token or invite.")
          .withDefault(Default.NONE);
  static final Setting<String> NAME =
      Setting.of("name", SettingType.TEXT, "", "What people call this node.")
          .withDefault(new Default("the machine's name", host -> List.of(host.machineName())));
  static final Setting<String> BIND =
      Setting.of("bind", SettingType.TEXT, "0.0.0.0", "Address that the swarm's ports listen on.");
  static final Setting<String> ADVERTISE =
      Setting.of("advertise", SettingType.TEXT, "", "Address that other nodes reach this one by.")
          .withDefault(new Default("bind, or the machine's own", _ -> List.of()));
  static final Setting<Integer> CLUSTER_PORT =
      portOf("cluster-port", 7946, "Port of the cluster; 0 takes a free one.");
  static final Setting<Integer> BUS_PORT =
      portOf("bus-port", 7947, "Port of the event bus; 0 takes a free one.");
  static final Setting<Integer> LINK_PORT =
      portOf("link-port", 7948, "Port of links between nodes; 0 takes a free one.");
  static final Setting<List<PeerAddress>> PEER =
      Setting.of(
              "peer",
              SettingType.list("HOST:PORT", NodeSettings::peer),
              "",
              "Cluster port of another node; may be given several times.")
          .withDefault(Default.NONE)
          .withVariables("FLOTILLA_PEERS");
  static final Setting<Boolean> MDNS =
      Setting.of("mdns", SettingType.SWITCH, "true", "Look for nodes on the local network.");
  static final Setting<Boolean> DHT =
      Setting.of(
          "dht",
          SettingType.SWITCH,
          "false",
          "Look for nodes anywhere, by a rendezvous in the Mainline DHT that only they know.");
  static final Setting<Integer> DHT_PORT =
      Setting.of("dht-port", SettingType.INTEGER, "0", "UDP port of the DHT; 0 takes a free one.");
  private static final List<String> PUBLIC_DHT =
      List.of(
          "router.bittorrent.com:6881", "dht.transmissionbt.com:6881", "router.utorrent.com:6881");
  static final Setting<List<PeerAddress>> DHT_BOOTSTRAP =
      Setting.of(
              "dht-bootstrap",
              SettingType.list("HOST:PORT", NodeSettings::peer),
              "",
              "Where the DHT is entered; may be given several times.")
          .withDefault(new Default("public ones", _ -> PUBLIC_DHT));
  static final Setting<Boolean> UPNP =
      Setting.of(
          "upnp",
          SettingType.SWITCH,
          "false",
          "Ask the network's router to let the swarm's ports through, as long as this node runs.");

  private static Setting<Integer> portOf(String name, int preferred, String meaning) {
    return Setting.of(name, SettingType.INTEGER, "", meaning)
        .withDefault(new Default(preferred + ", or a free one if it is taken", _ -> List.of()));
  }

  private static PeerAddress peer(String text) {
    try {
      return PeerAddress.parse(text.strip());
    } catch (TokenException e) {
      throw new IllegalArgumentException(e.getMessage(), e);
    }
  }

  // Models over several machines

  static final Setting<ShardSetting> SHARD =
      Setting.of(
          "shard",
          SettingType.single("auto|N|off", ShardSetting::parse),
          "auto",
          "Into how many stages models are cut, one here and the others at workers of the swarm;"
              + " auto cuts what does not fit here.");
  static final Setting<Boolean> SHARD_UNCERTIFIED =
      Setting.of(
          "shard-uncertified",
          SettingType.SWITCH,
          "false",
          "Cut models too whose architecture no test has shown to stay exact.");
  static final Setting<ActivationType> SHARD_ACTIVATIONS =
      Setting.of(
          "shard-activations",
          SettingType.choice(ActivationType.class),
          "f32",
          "How hidden states travel between stages; f32 is exact, the others are smaller.");
  static final Setting<Speculation> SPECULATION =
      Setting.of(
          "speculation",
          SettingType.choice(Speculation.class),
          "auto",
          "Whether stages compute guessed tokens ahead where that saves trips over slow links;"
              + " answers stay the same.");
  static final Setting<Long> MEMORY =
      Setting.of(
              "memory", SettingType.SIZE, "", "Memory that this node lends to other nodes' models.")
          .withDefault(
              new Default("nothing; for a worker three quarters of what is free", _ -> List.of()));
  static final Setting<PortRange> STAGE_PORTS =
      Setting.of(
              "stage-ports",
              SettingType.single("FIRST-LAST", PortRange::parse),
              "",
              "Ports that stages of other nodes' models listen on here, one for each.")
          .withDefault(new Default("any free ones", _ -> List.of()));
  static final Setting<Path> MODELS_CACHE =
      Setting.of("models-cache", SettingType.PATH, "", "Folder where slices of models are kept.")
          .withDefault(new Default("slices in the state folder", _ -> List.of()));
  static final Setting<Long> CACHE_SIZE =
      Setting.of(
          "cache-size",
          SettingType.SIZE,
          "50GiB",
          "The most that slices of models take on the disk; the one used longest ago goes first.");

  // Node

  static final Setting<Path> STATE_DIR =
      Setting.of(
              "state-dir",
              SettingType.PATH,
              "",
              "Folder of this node alone: identity, caches, persisted state.")
          .withDefault(
              new Default(
                  "$XDG_STATE_HOME/flotilla or ~/.local/state/flotilla",
                  host -> List.of(host.defaultStateDir().toString())));
  static final Setting<LogOptions.Format> LOG_FORMAT =
      Setting.of(
          "log-format", SettingType.choice(LogOptions.Format.class), "text", "Form of log lines.");
  static final Setting<LogOptions.Level> LOG_LEVEL =
      Setting.of(
              "log-level",
              SettingType.choice(LogOptions.Level.class),
              "info",
              "The least urgent level that is logged.")
          .withVariables("LOCALAI_LOG_LEVEL");

  /**
   * Settings that belong together.
   *
   * @param heading what help and documentation call them
   * @param settings in the order they are shown in
   */
  record Section(String heading, List<Setting<?>> settings) {}

  /** The table. */
  static final List<Section> SECTIONS =
      List.of(
          new Section("Models", List.of(MODEL, MODELS_DIR, CHAT_TEMPLATE)),
          new Section(
              "Engine",
              List.of(
                  BACKEND,
                  CONTEXT_SIZE,
                  SLOTS,
                  QUEUE,
                  BATCH_SIZE,
                  THREADS,
                  THREADS_BATCH,
                  CACHE_TYPE_K,
                  CACHE_TYPE_V,
                  MMAP,
                  MLOCK,
                  GPU_LAYERS,
                  FLASH_ATTENTION,
                  CONTEXT_SHIFT,
                  PREFIX_CACHE,
                  POOLING,
                  EMBEDDINGS)),
          new Section(
              "Sampling of requests that don't say",
              List.of(
                  TEMPERATURE,
                  TOP_K,
                  TOP_P,
                  MIN_P,
                  TYPICAL_P,
                  REPEAT_PENALTY,
                  REPEAT_LAST_N,
                  FREQUENCY_PENALTY,
                  PRESENCE_PENALTY,
                  SEED,
                  MAX_TOKENS)),
          ApiSettings.SECTION,
          new Section(
              "Swarm",
              List.of(
                  P2P,
                  TOKEN,
                  TOKEN_FILE,
                  NAME,
                  BIND,
                  ADVERTISE,
                  CLUSTER_PORT,
                  BUS_PORT,
                  LINK_PORT,
                  PEER,
                  MDNS,
                  DHT,
                  DHT_PORT,
                  DHT_BOOTSTRAP,
                  UPNP)),
          new Section(
              "Models over several machines",
              List.of(
                  SHARD,
                  SHARD_UNCERTIFIED,
                  SHARD_ACTIVATIONS,
                  SPECULATION,
                  MEMORY,
                  MODELS_CACHE,
                  CACHE_SIZE,
                  STAGE_PORTS)),
          PlacementSettings.SECTION,
          FederationSettings.SECTION,
          new Section("Node", List.of(STATE_DIR, LOG_FORMAT, LOG_LEVEL)));

  /** The headings of what a gateway without models needs. */
  private static final List<String> OF_GATEWAYS =
      List.of("HTTP API", "Swarm", "Models that the swarm places", "Federated serving", "Node");

  /** What a node is told that routes and serves nothing itself. */
  static final List<Section> GATEWAY_SECTIONS =
      SECTIONS.stream().filter(section -> OF_GATEWAYS.contains(section.heading())).toList();

  /** All rows of the table. */
  static final List<Setting<?>> ALL =
      SECTIONS.stream().<Setting<?>>flatMap(section -> section.settings().stream()).toList();
}
