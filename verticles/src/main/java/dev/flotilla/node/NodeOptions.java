package dev.flotilla.node;

import dev.flotilla.node.api.SamplingDefaults;
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
 * @param apiKeys keys that clients must present one of; empty lets everyone in. Never shown by
 *     {@link #toString()}
 * @param corsOrigins web origins whose pages may call the API, {@code *} for all; empty for none
 * @param bodyLimitBytes the longest request body that is read
 * @param drainMillis how long a node that shuts down lets answers in progress go on
 * @param stateDir folder of this node alone: identity, caches, persisted state
 * @param models what it serves; their ids differ
 * @param sampling what requests that don't say get
 * @param log how it logs
 * @param swarm how it takes part in a swarm; empty for a node alone
 * @param gateway how it routes its clients' requests over the swarm; empty where they reach its own
 *     models only
 */
public record NodeOptions(
    String host,
    int port,
    List<String> apiKeys,
    List<String> corsOrigins,
    int bodyLimitBytes,
    long drainMillis,
    Path stateDir,
    List<ModelOptions> models,
    SamplingDefaults sampling,
    LogOptions log,
    Optional<SwarmOptions> swarm,
    Optional<GatewayOptions> gateway) {

  /** The shortest API key that is accepted: anything shorter is a typing error. */
  public static final int MIN_API_KEY_CHARS = 8;

  /** The longest request body that may be allowed. */
  public static final int MAX_BODY_LIMIT_BYTES = 1 << 30;

  /** The longest that a node may wait for answers in progress: one day. */
  public static final long MAX_DRAIN_MILLIS = 24L * 60 * 60 * 1000;

  public NodeOptions {
    require(!host.isBlank(), "address", "the address has no host");
    require(port >= 0 && port <= 65_535, "address", port + " is not a port (0 to 65535)");
    apiKeys = List.copyOf(apiKeys);
    require(
        apiKeys.stream().allMatch(NodeOptions::isUsableKey),
        "api-key",
        "an API key needs at least " + MIN_API_KEY_CHARS + " visible ASCII characters");
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
    require(gateway.isEmpty() || swarm.isPresent(), "federated", "a gateway belongs to a swarm");
  }

  private static boolean isUsableKey(String key) {
    return key.length() >= MIN_API_KEY_CHARS && key.chars().allMatch(c -> c > ' ' && c < 0x7f);
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
    return "NodeOptions[host=%s, port=%d, apiKeys=%d, corsOrigins=%s, bodyLimitBytes=%d, drainMillis=%d, stateDir=%s, models=%s, sampling=%s, log=%s, swarm=%s, gateway=%s]"
        .formatted(
            host,
            port,
            apiKeys.size(),
            corsOrigins,
            bodyLimitBytes,
            drainMillis,
            stateDir,
            models,
            sampling,
            log,
            swarm,
            gateway);
  }
}
