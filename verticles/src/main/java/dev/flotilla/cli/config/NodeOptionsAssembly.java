package dev.flotilla.cli.config;

import dev.flotilla.engine.EngineException;
import dev.flotilla.engine.EngineOptions;
import dev.flotilla.node.ChatTemplateSource;
import dev.flotilla.node.GatewayOptions;
import dev.flotilla.node.LogOptions;
import dev.flotilla.node.ModelOptions;
import dev.flotilla.node.NodeOptions;
import dev.flotilla.node.OptionException;
import dev.flotilla.node.SwarmOptions;
import dev.flotilla.node.api.SamplingDefaults;
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
    return blamingOptions(() -> assemble(models(), settings.get(NodeSettings.FEDERATED)));
  }

  /**
   * The options of a gateway: a node of a swarm that routes to the others and serves no models.
   *
   * @throws OptionException if an option is out of range, or a file is missing
   */
  public NodeOptions assembleGateway() {
    return blamingOptions(() -> assemble(List.of(), true));
  }

  private NodeOptions assemble(List<ModelOptions> models, boolean federated) {
    HostPort address = settings.get(NodeSettings.ADDRESS);
    return new NodeOptions(
        address.host(),
        address.port(),
        apiKeys(),
        settings.get(NodeSettings.CORS_ORIGIN),
        settings.get(NodeSettings.BODY_LIMIT),
        settings.get(NodeSettings.DRAIN_TIMEOUT),
        stateDir(),
        models,
        sampling(),
        log(),
        swarm(federated),
        federated
            ? Optional.of(new GatewayOptions(settings.get(NodeSettings.ROUTING)))
            : Optional.empty());
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

  private Optional<SwarmOptions> swarm(boolean federated) {
    Optional<String> credential =
        settings
            .find(NodeSettings.TOKEN)
            .or(() -> settings.find(NodeSettings.TOKEN_FILE).map(NodeOptionsAssembly::tokenIn));
    if (!settings.get(NodeSettings.P2P) && !federated && credential.isEmpty()) {
      return Optional.empty();
    }
    String bind = settings.get(NodeSettings.BIND);
    return Optional.of(
        new SwarmOptions(
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
            settings.get(NodeSettings.DHT_BOOTSTRAP)));
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

  private List<String> apiKeys() {
    List<String> keys = new ArrayList<>(settings.get(NodeSettings.API_KEY));
    settings.find(NodeSettings.API_KEY_FILE).ifPresent(file -> keys.addAll(keysIn(file)));
    return keys;
  }

  private static List<String> keysIn(Path file) {
    try (var lines = Files.lines(file)) {
      List<String> keys =
          lines.map(String::strip).filter(s -> !s.isEmpty() && !s.startsWith("#")).toList();
      if (keys.isEmpty()) {
        // An empty list would let everyone in, which is not what a key file is for.
        throw new OptionException("api-key-file", file + " holds no key");
      }
      return keys;
    } catch (IOException | java.io.UncheckedIOException e) {
      throw new OptionException("api-key-file", "can't read " + file + ": " + e.getMessage());
    }
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
