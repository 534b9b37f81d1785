package dev.flotilla.cli.config;

import dev.flotilla.engine.EngineException;
import dev.flotilla.engine.EngineOptions;
import dev.flotilla.federation.scaling.ScalingOptions;
import dev.flotilla.node.ApiTls;
import dev.flotilla.node.GatewayOptions;
import dev.flotilla.node.LibraryOptions;
import dev.flotilla.node.LogOptions;
import dev.flotilla.node.ModelOptions;
import dev.flotilla.node.NodeOptions;
import dev.flotilla.node.OptionException;
import dev.flotilla.node.ShardingOptions;
import dev.flotilla.node.SwarmOptions;
import dev.flotilla.node.api.ApiKey;
import dev.flotilla.node.api.SamplingDefaults;
import dev.flotilla.node.instances.DemandOptions;
import dev.flotilla.node.instances.PlacementWish;
import dev.flotilla.node.lending.Lending;
import dev.flotilla.node.lending.PortRange;
import dev.flotilla.node.shard.MachineMemory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/** Makes the options of a node of its effective settings. */
public final class NodeOptionsAssembly {

  private final EffectiveSettings settings;
  private final ModelOptionsAssembly models;
  private final SwarmOptionsAssembly swarm;
  private final UpstreamOptionsAssembly upstreams;

  /**
   * An assembly of some settings.
   *
   * @param host whose processors bound the threads
   */
  public NodeOptionsAssembly(EffectiveSettings settings, Host host) {
    this.settings = settings;
    this.models = new ModelOptionsAssembly(settings, host);
    this.swarm = new SwarmOptionsAssembly(settings);
    this.upstreams = new UpstreamOptionsAssembly(settings, host);
  }

  /**
   * The options. Reads the key file and looks model files up; opens none of them.
   *
   * @throws OptionException if an option is out of range, or a file is missing
   */
  public NodeOptions assemble() {
    return blamingOptions(() -> {
      boolean federated = settings.get(FederationSettings.FEDERATED);
      return assemble(
          settings.get(ApiSettings.ADDRESS).port(),
          models.models(modelsDir()),
          swarm.swarm(federated),
          settings.find(ShardSettings.MEMORY).map(this::lending),
          settings.get(PlacementSettings.PLACEMENT)
              ? Optional.of(models.library(modelsDir()))
              : Optional.empty(),
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
            swarm.swarm(true),
            Optional.empty(),
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
      SwarmOptions joined =
          swarm.requiredSwarm(() -> Files.isDirectory(stateDir().resolve("swarm")));
      long memory =
          settings
              .find(ShardSettings.MEMORY)
              .orElseGet(() -> MachineMemory.availableBytes() / 4 * 3);
      return assemble(
          port,
          List.of(),
          Optional.of(joined),
          Optional.of(lending(memory)),
          Optional.empty(),
          Optional.empty());
    });
  }

  private NodeOptions assemble(
      int port,
      List<ModelOptions> served,
      Optional<SwarmOptions> joined,
      Optional<Lending> lending,
      Optional<LibraryOptions> library,
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
        served,
        sampling(),
        log(),
        joined,
        new ShardingOptions(
            settings.get(ShardSettings.SHARD),
            settings.get(ShardSettings.SHARD_UNCERTIFIED),
            settings.get(ShardSettings.SHARD_ACTIVATIONS),
            sliceFolder(),
            settings.get(ShardSettings.CACHE_SIZE),
            lending),
        library,
        demand(),
        gateway,
        upstreams.upstreams());
  }

  private DemandOptions demand() {
    ScalingOptions base = ScalingOptions.DEFAULT;
    int most = settings.get(PlacementSettings.MAX_REPLICAS);
    if (most < 1 || most > PlacementWish.MAX_NODES) {
      throw new OptionException("max-replicas", "there are 1 to " + PlacementWish.MAX_NODES);
    }
    return new DemandOptions(
        settings.get(PlacementSettings.LOAD_ON_DEMAND),
        positive("load-timeout", settings.get(PlacementSettings.LOAD_TIMEOUT)),
        most,
        new ScalingOptions(
            positive("scale-up-after", settings.get(PlacementSettings.SCALE_UP_AFTER)),
            positive("unload-after", settings.get(PlacementSettings.UNLOAD_AFTER)),
            positive("settle-time", settings.get(PlacementSettings.SETTLE_TIME)),
            base.spareShare()),
        settings.get(PlacementSettings.REBALANCE),
        Set.of());
  }

  private static long positive(String option, long millis) {
    if (millis < 1) {
      throw new OptionException(option, option + " is more than nothing");
    }
    return millis;
  }

  private Path sliceFolder() {
    return settings
        .find(ShardSettings.MODELS_CACHE)
        .map(path -> path.toAbsolutePath().normalize())
        .orElseGet(() -> stateDir().resolve("slices"));
  }

  private Lending lending(long memoryBytes) {
    if (memoryBytes < 1) {
      throw new OptionException("memory", "there is nothing to lend");
    }
    return new Lending(
        memoryBytes,
        models.share("threads", settings.get(EngineSettings.THREADS), 1),
        settings.get(EngineSettings.BACKEND),
        settings.find(ShardSettings.STAGE_PORTS).orElse(PortRange.ANY));
  }

  /** How to log, which must be known before anything else can go wrong. */
  public LogOptions log() {
    return new LogOptions(
        settings.get(NodeSettings.LOG_FORMAT), settings.get(NodeSettings.LOG_LEVEL));
  }

  /** The native libraries that models would run on. */
  public EngineOptions.Backend backend() {
    return settings.get(EngineSettings.BACKEND);
  }

  /** The folder of this node's state, absolute. */
  public Path stateDir() {
    return settings.get(NodeSettings.STATE_DIR).toAbsolutePath().normalize();
  }

  /** The folder where model names are looked up, absolute. */
  public Path modelsDir() {
    return settings
        .find(ModelSettings.MODELS_DIR)
        .map(path -> path.toAbsolutePath().normalize())
        .orElseGet(() -> stateDir().resolve("models"));
  }

  private GatewayOptions gateway() {
    return new GatewayOptions(
        settings.get(FederationSettings.ROUTING),
        settings.get(FederationSettings.MODEL_ROUTING).stream()
            .collect(
                Collectors.toMap(
                    FederationSettings.ModelRouting::model,
                    FederationSettings.ModelRouting::policy,
                    (_, last) -> last)),
        settings.get(FederationSettings.STICKY).stickiness());
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

  private SamplingDefaults sampling() {
    SamplingDefaults llamaCpp = SamplingDefaults.LLAMA_CPP;
    return new SamplingDefaults(
        settings.get(SamplingSettings.TEMPERATURE),
        settings.get(SamplingSettings.TOP_K),
        settings.get(SamplingSettings.TOP_P),
        settings.get(SamplingSettings.MIN_P),
        settings.get(SamplingSettings.TYPICAL_P),
        settings.get(SamplingSettings.REPEAT_PENALTY),
        settings.get(SamplingSettings.REPEAT_LAST_N),
        settings.get(SamplingSettings.FREQUENCY_PENALTY),
        settings.get(SamplingSettings.PRESENCE_PENALTY),
        llamaCpp.mirostatTau(),
        llamaCpp.mirostatEta(),
        settings.find(SamplingSettings.SEED).map(OptionalLong::of).orElseGet(OptionalLong::empty),
        settings.find(SamplingSettings.MAX_TOKENS).orElse(llamaCpp.maxTokens()));
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
