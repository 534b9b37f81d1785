package dev.flotilla.cli.config;

import dev.flotilla.engine.EngineException;
import dev.flotilla.engine.EngineOptions;
import dev.flotilla.node.ApiTls;
import dev.flotilla.node.ChatTemplateSource;
import dev.flotilla.node.GatewayOptions;
import dev.flotilla.node.LogOptions;
import dev.flotilla.node.ModelOptions;
import dev.flotilla.node.NodeOptions;
import dev.flotilla.node.OptionException;
import dev.flotilla.node.ShardingOptions;
import dev.flotilla.node.SwarmOptions;
import dev.flotilla.node.api.ApiKey;
import dev.flotilla.node.api.SamplingDefaults;
import dev.flotilla.node.lending.Lending;
import dev.flotilla.node.shard.MachineMemory;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Supplier;

/** Makes the options of a node of its effective settings. */
public final class NodeOptionsAssembly {

  /** What the model is called that is served when none is configured. */
  private static final String DEMO_MODEL_ID = "flotilla-demo";

  private final EffectiveSettings settings;
  private final Host host;

  /**
   * An assembly of some settings.
   *
   * @param host whose processors bound the threads
   */
  public NodeOptionsAssembly(EffectiveSettings settings, Host host) {
    this.settings = settings;
    this.host = host;
  }

  /**
   * The options. Reads the key file and looks model files up; opens none of them.
   *
   * @throws OptionException if an option is out of range, or a file is missing
   */
  public NodeOptions assemble() {
    return blamingOptions(() -> {
      boolean federated = settings.get(NodeSettings.FEDERATED);
      return assemble(
          settings.get(ApiSettings.ADDRESS).port(),
          models(),
          swarm(federated),
          settings.find(NodeSettings.MEMORY).map(this::lending),
          federated ? Optional.of(gateway()) : Optional.empty());
    });
  }

  /**
   * The options of a gateway: a node of a swarm that routes to the others and serves no models.
   *
   * @throws OptionException if an option is out of range, or a file is missing
   */
  public NodeOptions assembleGateway() {
    return blamingOptions(() ->
        assemble(
            settings.get(ApiSettings.ADDRESS).port(),
            List.of(),
            swarm(true),
            Optional.empty(),
            Optional.of(gateway())));
  }

  /**
   * The options of a worker: it serves no models of its own, belongs to a swarm, and lends memory.
   * Its API takes any free port unless one is given.
   *
   * @throws OptionException as {@link #assemble()} does, or if there is no swarm to belong to
   */
  public NodeOptions assembleWorker() {
    return blamingOptions(() -> {
      boolean isTold = !(settings.origin(ApiSettings.ADDRESS) instanceof Origin.Default);
      int port = isTold ? settings.get(ApiSettings.ADDRESS).port() : 0;
      SwarmOptions swarm = swarm(credential());
      if (swarm.credential().isEmpty() && !Files.isDirectory(stateDir().resolve("swarm"))) {
        throw new OptionException(
            "token", "a worker needs the token of a swarm, or an invite to it");
      }
      long memory =
          settings
              .find(NodeSettings.MEMORY)
              .orElseGet(() -> MachineMemory.availableBytes() / 4 * 3);
      return assemble(
          port, List.of(), Optional.of(swarm), Optional.of(lending(memory)), Optional.empty());
    });
  }

  private NodeOptions assemble(
      int port,
      List<ModelOptions> models,
      Optional<SwarmOptions> swarm,
      Optional<Lending> lending,
      Optional<GatewayOptions> gateway) {
    return new NodeOptions(
        settings.get(ApiSettings.ADDRESS).host(),
        port,
        apiKeys(),
        tls(),
        settings.get(ApiSettings.CORS_ORIGIN),
        settings.get(ApiSettings.BODY_LIMIT),
        settings.get(ApiSettings.DRAIN_TIMEOUT),
        stateDir(),
        models,
        sampling(),
        log(),
        swarm,
        new ShardingOptions(
            settings.get(NodeSettings.SHARD),
            settings.get(NodeSettings.SHARD_UNCERTIFIED),
            settings.get(NodeSettings.SHARD_ACTIVATIONS),
            sliceFolder(),
            settings.get(NodeSettings.CACHE_SIZE),
            lending),
        gateway);
  }

  private Path sliceFolder() {
    return settings
        .find(NodeSettings.MODELS_CACHE)
        .map(path -> path.toAbsolutePath().normalize())
        .orElseGet(() -> stateDir().resolve("slices"));
  }

  private Lending lending(long memoryBytes) {
    if (memoryBytes < 1) {
      throw new OptionException("memory", "there is nothing to lend");
    }
    return new Lending(
        memoryBytes,
        share("threads", settings.get(NodeSettings.THREADS), 1),
        settings.get(NodeSettings.BACKEND));
  }

  /** How to log, which must be known before anything else can go wrong. */
  public LogOptions log() {
    return new LogOptions(
        settings.get(NodeSettings.LOG_FORMAT), settings.get(NodeSettings.LOG_LEVEL));
  }

  /** The native libraries that models would run on. */
  public EngineOptions.Backend backend() {
    return settings.get(NodeSettings.BACKEND);
  }

  /** The folder of this node's state, absolute. */
  public Path stateDir() {
    return settings.get(NodeSettings.STATE_DIR).toAbsolutePath().normalize();
  }

  /** The folder where model names are looked up, absolute. */
  public Path modelsDir() {
    return settings
        .find(NodeSettings.MODELS_DIR)
        .map(path -> path.toAbsolutePath().normalize())
        .orElseGet(() -> stateDir().resolve("models"));
  }

  private static final int PREFERRED_CLUSTER_PORT = 7946;
  private static final int PREFERRED_BUS_PORT = 7947;
  private static final int PREFERRED_LINK_PORT = 7948;

  private Optional<String> credential() {
    return settings
        .find(NodeSettings.TOKEN)
        .or(() -> settings.find(NodeSettings.TOKEN_FILE).map(NodeOptionsAssembly::tokenIn));
  }

  private GatewayOptions gateway() {
    return new GatewayOptions(settings.get(NodeSettings.ROUTING));
  }

  private Optional<SwarmOptions> swarm(boolean federated) {
    Optional<String> credential = credential();
    return settings.get(NodeSettings.P2P) || federated || credential.isPresent()
        ? Optional.of(swarm(credential))
        : Optional.empty();
  }

  private SwarmOptions swarm(Optional<String> credential) {
    String bind = settings.get(NodeSettings.BIND);
    return new SwarmOptions(
        credential,
        settings.get(NodeSettings.NAME),
        bind,
        settings.find(NodeSettings.ADVERTISE),
        port(NodeSettings.CLUSTER_PORT, bind, PREFERRED_CLUSTER_PORT),
        port(NodeSettings.BUS_PORT, bind, PREFERRED_BUS_PORT),
        port(NodeSettings.LINK_PORT, bind, PREFERRED_LINK_PORT),
        settings.get(NodeSettings.PEER),
        settings.get(NodeSettings.MDNS),
        settings.get(NodeSettings.DHT),
        settings.get(NodeSettings.DHT_PORT),
        settings.get(NodeSettings.DHT_BOOTSTRAP));
  }

  private static String tokenIn(Path file) {
    try {
      return Files.readString(file).strip();
    } catch (IOException e) {
      throw new OptionException("token-file", "can't read " + file + ": " + e.getMessage());
    }
  }

  /** The port that is asked for, or the preferred one unless another program has it. */
  private int port(Setting<Integer> setting, String bind, int preferred) {
    return settings
        .find(setting)
        .orElseGet(() -> {
          try (ServerSocket _ = new ServerSocket(preferred, 1, InetAddress.getByName(bind))) {
            return preferred;
          } catch (IOException _) {
            return 0;
          }
        });
  }

  /** Keys without a name are numbered, those of the setting before those of the file. */
  private List<ApiKey> apiKeys() {
    List<ApiKey> keys = new ArrayList<>();
    try {
      for (String key : settings.get(ApiSettings.API_KEY)) {
        keys.add(ApiKey.ofUser("key-" + (keys.size() + 1), key));
      }
    } catch (IllegalArgumentException e) {
      throw new OptionException("api-key", String.valueOf(e.getMessage()));
    }
    settings
        .find(ApiSettings.API_KEY_FILE)
        .ifPresent(file -> keys.addAll(ApiKeyFile.read(file, keys.size() + 1)));
    return keys;
  }

  private ApiTls tls() {
    Optional<Path> certificate = settings.find(ApiSettings.TLS_CERT);
    Optional<Path> key = settings.find(ApiSettings.TLS_KEY);
    boolean selfSigned = settings.get(ApiSettings.TLS_SELF_SIGNED);
    if (certificate.isEmpty() && key.isEmpty()) {
      return selfSigned ? new ApiTls.SelfSigned() : new ApiTls.Off();
    }
    if (selfSigned) {
      throw new OptionException(
          "tls-self-signed", "give either this or --tls-cert and --tls-key, not both");
    }
    return new ApiTls.Files(
        certificate.orElseThrow(() -> new OptionException("tls-key", "it needs --tls-cert too")),
        key.orElseThrow(() -> new OptionException("tls-cert", "it needs --tls-key too")));
  }

  private List<ModelOptions> models() {
    List<ModelSpec> specs = settings.get(NodeSettings.MODEL);
    if (specs.isEmpty()) {
      return demoModel().stream().toList();
    }
    Optional<ChatTemplateSource> template =
        settings.find(NodeSettings.CHAT_TEMPLATE).map(NodeOptionsAssembly::template);
    ModelFiles files = new ModelFiles(modelsDir());
    return specs.stream()
        .map(spec -> {
          Path file = files.locate(spec.file());
          String id = spec.name().orElseGet(() -> ModelFiles.defaultId(file));
          return new ModelOptions(id, engine(file, specs.size()), template);
        })
        .toList();
  }

  /**
   * The toy that comes with Flotilla, so that a node without a model of its user's answers at all.
   * It runs on one thread unless told otherwise: so small a model would have several wait for each
   * other more than they compute, and far more beside other work.
   */
  private Optional<ModelOptions> demoModel() {
    return host.installation()
        .map(home -> home.resolve("conf").resolve("models").resolve(DEMO_MODEL_ID + ".gguf"))
        .filter(Files::isRegularFile)
        .map(file -> {
          boolean isTold = !(settings.origin(NodeSettings.THREADS) instanceof Origin.Default);
          EngineOptions engine = isTold ? engine(file, 1) : engine(file, 1, 1);
          return new ModelOptions(DEMO_MODEL_ID, engine, Optional.empty());
        });
  }

  /** The engine of one of {@code models} models, with its part of the node's threads. */
  private EngineOptions engine(Path model, int models) {
    int threads = settings.get(NodeSettings.THREADS);
    int batchThreads = settings.find(NodeSettings.THREADS_BATCH).orElse(threads);
    return engine(
        model, share("threads", threads, models), share("threads-batch", batchThreads, models));
  }

  private EngineOptions engine(Path model, int threads, int batchThreads) {
    return new EngineOptions(
        model,
        settings.get(NodeSettings.BACKEND),
        settings.get(NodeSettings.CONTEXT_SIZE),
        settings.get(NodeSettings.SLOTS),
        settings.get(NodeSettings.QUEUE),
        settings.get(NodeSettings.BATCH_SIZE),
        threads,
        batchThreads,
        settings.get(NodeSettings.CACHE_TYPE_K),
        settings.get(NodeSettings.CACHE_TYPE_V),
        settings.get(NodeSettings.MMAP),
        settings.get(NodeSettings.MLOCK),
        settings.get(NodeSettings.GPU_LAYERS),
        flashAttention(),
        settings.get(NodeSettings.CONTEXT_SHIFT),
        settings.get(NodeSettings.PREFIX_CACHE),
        pooling(),
        settings.get(NodeSettings.EMBEDDINGS));
  }

  /**
   * One model's part of the node's threads. Compute threads spin while they wait for each other, so
   * more of them than processors would cost most of the speed.
   */
  private int share(String option, int threads, int models) {
    if (threads < 1) {
      throw new OptionException(option, option + " must be at least 1, not " + threads);
    }
    return Math.max(1, Math.min(threads, host.processors()) / models);
  }

  private Optional<Boolean> flashAttention() {
    return switch (settings.get(NodeSettings.FLASH_ATTENTION)) {
      case AUTO -> Optional.empty();
      case ON -> Optional.of(true);
      case OFF -> Optional.of(false);
    };
  }

  private Optional<EngineOptions.Pooling> pooling() {
    return switch (settings.get(NodeSettings.POOLING)) {
      case AUTO -> Optional.empty();
      case NONE -> Optional.of(EngineOptions.Pooling.NONE);
      case MEAN -> Optional.of(EngineOptions.Pooling.MEAN);
      case CLS -> Optional.of(EngineOptions.Pooling.CLS);
      case LAST -> Optional.of(EngineOptions.Pooling.LAST);
    };
  }

  private static ChatTemplateSource template(String text) {
    if (!text.contains("/") && !text.contains("\\") && !text.endsWith(".jinja")) {
      return new ChatTemplateSource.Named(text);
    }
    Path file = Path.of(text).toAbsolutePath().normalize();
    if (!Files.isReadable(file)) {
      throw new OptionException("chat-template", "can't read the chat template " + file);
    }
    return new ChatTemplateSource.Jinja(file);
  }

  private SamplingDefaults sampling() {
    SamplingDefaults llamaCpp = SamplingDefaults.LLAMA_CPP;
    return new SamplingDefaults(
        settings.get(NodeSettings.TEMPERATURE),
        settings.get(NodeSettings.TOP_K),
        settings.get(NodeSettings.TOP_P),
        settings.get(NodeSettings.MIN_P),
        settings.get(NodeSettings.TYPICAL_P),
        settings.get(NodeSettings.REPEAT_PENALTY),
        settings.get(NodeSettings.REPEAT_LAST_N),
        settings.get(NodeSettings.FREQUENCY_PENALTY),
        settings.get(NodeSettings.PRESENCE_PENALTY),
        llamaCpp.mirostatTau(),
        llamaCpp.mirostatEta(),
        settings.find(NodeSettings.SEED).map(OptionalLong::of).orElseGet(OptionalLong::empty),
        settings.find(NodeSettings.MAX_TOKENS).orElse(llamaCpp.maxTokens()));
  }

  /** Failures of the rooms below name their field; here it becomes the option and its origin. */
  private <T> T blamingOptions(Supplier<T> assembly) {
    try {
      return assembly.get();
    } catch (EngineException e) {
      throw withOrigin(e.field().orElse("").replace('_', '-'), e.getMessage());
    } catch (OptionException e) {
      throw withOrigin(e.option(), e.getMessage());
    }
  }

  private OptionException withOrigin(String option, String message) {
    return NodeSettings.ALL.stream()
        .filter(setting -> setting.name().equals(option))
        .findFirst()
        .map(setting ->
            new OptionException(
                option,
                "%s (%s): %s"
                    .formatted(setting.flag(), settings.origin(setting).describe(), message)))
        .orElseGet(() -> new OptionException(option, message));
  }
}
