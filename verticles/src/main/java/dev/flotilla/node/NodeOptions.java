package dev.flotilla.node;

import dev.flotilla.node.api.ApiKey;
import dev.flotilla.node.api.SamplingDefaults;
import dev.flotilla.node.instances.DemandOptions;
import dev.flotilla.node.upstream.UpstreamOptions;
import dev.flotilla.sharding.plan.ShardSetting;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Everything that one node is told. Validates itself.
 *
 * @param host name or address that the HTTP API listens on
 * @param port its port; 0 takes a free one
 * @param apiKeys keys that clients must present one of, their names and hashes differ; empty lets
 *     everyone in
 * @param tls whether the API is served over TLS
 * @param corsOrigins web origins whose pages may call the API, {@code *} for all; empty for none
 * @param bodyLimitBytes the longest request body that is read
 * @param drainMillis how long a node that shuts down lets answers in progress go on
 * @param stateDir folder of this node alone: identity, caches, persisted state
 * @param models what it serves; their ids differ
 * @param sampling what requests that don't say get
 * @param log how it logs
 * @param swarm how it takes part in a swarm; empty for a node alone
 * @param sharding how models run over several machines of the swarm
 * @param library model files that the swarm may have it run; empty for none
 * @param demand how pipelines follow requests
 * @param gateway how it routes its clients' requests over the swarm; empty where they reach its own
 *     models only
 * @param upstreams other servers whose models it offers as well
 */
public record NodeOptions(
    String host,
    int port,
    List<ApiKey> apiKeys,
    ApiTls tls,
    List<String> corsOrigins,
    int bodyLimitBytes,
    long drainMillis,
    Path stateDir,
    List<ModelOptions> models,
    SamplingDefaults sampling,
    LogOptions log,
    Optional<SwarmOptions> swarm,
    ShardingOptions sharding,
    Optional<LibraryOptions> library,
    DemandOptions demand,
    Optional<GatewayOptions> gateway,
    UpstreamOptions upstreams) {

  /** The most API keys: each request is compared with all of them. */
  public static final int MAX_API_KEYS = 1000;

  /** The longest request body that may be allowed. */
  public static final int MAX_BODY_LIMIT_BYTES = 1 << 30;

  /** The longest that a node may wait for answers in progress: one day. */
  public static final long MAX_DRAIN_MILLIS = 24L * 60 * 60 * 1000;

  public NodeOptions {
    require(!host.isBlank(), "address", "the address has no host");
    require(port >= 0 && port <= 65_535, "address", port + " is not a port (0 to 65535)");
    apiKeys = List.copyOf(apiKeys);
    requireDistinctKeys(apiKeys);
    corsOrigins = List.copyOf(corsOrigins);
    corsOrigins.forEach(origin ->
        require(
            origin.equals("*") || origin.matches("https?://[^/\\s]+"),
            "cors-origin",
            "'" + origin + "' is neither * nor an origin such as https://example.org"));
    require(
        bodyLimitBytes >= 1024 && bodyLimitBytes <= MAX_BODY_LIMIT_BYTES,
        "body-limit",
        "the body limit must be between 1 KiB and 1 GiB, not " + bodyLimitBytes + " bytes");
    require(
        drainMillis >= 0 && drainMillis <= MAX_DRAIN_MILLIS,
        "drain-timeout",
        "the drain timeout must be between 0 and 24h, not " + drainMillis + "ms");
    models = List.copyOf(models);
    requireDistinctIds(models);
    require(
        swarm.isPresent()
            || !(sharding.setting() instanceof ShardSetting.Stages(int count) && count > 1),
        "shard",
        "a node alone can't cut models over machines: join a swarm with --token, or begin one with"
            + " --p2p");
    require(gateway.isEmpty() || swarm.isPresent(), "federated", "a gateway belongs to a swarm");
  }

  private static void requireDistinctKeys(List<ApiKey> keys) {
    require(
        keys.size() <= MAX_API_KEYS, "api-key-file", "there may be " + MAX_API_KEYS + " API keys");
    Set<String> seen = new HashSet<>();
    for (ApiKey key : keys) {
      require(seen.add(key.name()), "api-key-file", "two keys are called '" + key.name() + "'");
      require(
          seen.add(key.sha256()),
          "api-key-file",
          "the key '" + key.name() + "' is there twice, which would give it two limits");
    }
  }

  private static void requireDistinctIds(List<ModelOptions> models) {
    Set<String> seen = new HashSet<>();
    for (ModelOptions model : models) {
      require(
          seen.add(model.id()),
          "model",
          "two models are called '" + model.id() + "': give one a name with NAME=FILE");
    }
  }

  static void require(boolean holds, String option, String message) {
    if (!holds) {
      throw new OptionException(option, message);
    }
  }

  @Override
  public String toString() {
    return "NodeOptions[host=%s, port=%d, apiKeys=%s, tls=%s, corsOrigins=%s, bodyLimitBytes=%d, drainMillis=%d, stateDir=%s, models=%s, sampling=%s, log=%s, swarm=%s, sharding=%s, library=%s, demand=%s, gateway=%s, upstreams=%s]"
        .formatted(
            host,
            port,
            apiKeys,
            tls,
            corsOrigins,
            bodyLimitBytes,
            drainMillis,
            stateDir,
            models,
            sampling,
            log,
            swarm,
            sharding,
            library,
            demand,
            gateway,
            upstreams);
  }
}
