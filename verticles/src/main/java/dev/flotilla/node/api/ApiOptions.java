package dev.flotilla.node.api;

import io.vertx.core.net.KeyCertOptions;
import java.util.List;
import java.util.Optional;

/**
 * How the HTTP API listens and what it bounds. Validates itself.
 *
 * @param host the address to bind
 * @param port the port to bind, 0 for any free one
 * @param apiKeys keys of which a client must send one; with none, all may enter as users
 * @param corsOrigins origins whose pages may call, {@code *} for all; empty leaves CORS off
 * @param bodyLimitBytes the largest request body; more is 413
 * @param bodyTimeoutMillis within which a body must have arrived; later is 408
 * @param idleTimeoutMillis after which a connection with no request in progress is closed
 * @param maxConnections open at once; one more is closed at once
 * @param drainMillis how long running answers may go on after {@code stop}
 * @param adminKey the key of an administrator; without it, nobody is one
 * @param certificate the key and certificate that it shows over TLS; without one it speaks plain
 *     HTTP
 * @param version what {@code /version} says
 */
public record ApiOptions(
    String host,
    int port,
    List<ApiKey> apiKeys,
    List<String> corsOrigins,
    int bodyLimitBytes,
    long bodyTimeoutMillis,
    long idleTimeoutMillis,
    int maxConnections,
    long drainMillis,
    Optional<String> adminKey,
    Optional<KeyCertOptions> certificate,
    String version) {

  /** Loopback, LocalAI's port, no keys, no CORS. */
  public static final ApiOptions DEFAULT =
      new ApiOptions(
          "127.0.0.1",
          8080,
          List.of(),
          List.of(),
          16 * 1024 * 1024,
          30_000,
          75_000,
          4096,
          30_000,
          Optional.empty(),
          Optional.empty(),
          "0");

  public ApiOptions {
    requireBetween("port", port, 0, 65_535);
    requireBetween("bodyLimitBytes", bodyLimitBytes, 1024, 1 << 30);
    requireBetween("bodyTimeoutMillis", bodyTimeoutMillis, 1, Integer.MAX_VALUE);
    requireBetween("idleTimeoutMillis", idleTimeoutMillis, 1, Integer.MAX_VALUE);
    requireBetween("maxConnections", maxConnections, 1, 1 << 20);
    requireBetween("drainMillis", drainMillis, 0, Integer.MAX_VALUE);
    apiKeys = List.copyOf(apiKeys);
    corsOrigins = List.copyOf(corsOrigins);
  }

  /** The same options at another address. */
  public ApiOptions withAddress(String otherHost, int otherPort) {
    return new ApiOptions(
        otherHost,
        otherPort,
        apiKeys,
        corsOrigins,
        bodyLimitBytes,
        bodyTimeoutMillis,
        idleTimeoutMillis,
        maxConnections,
        drainMillis,
        adminKey,
        certificate,
        version);
  }

  /** Without the keys, which must not reach a log. */
  @Override
  public String toString() {
    return "ApiOptions[" + host + ":" + port + ", " + apiKeys.size() + " keys]";
  }

  private static void requireBetween(String name, long value, long least, long most) {
    if (value < least || value > most) {
      throw new IllegalArgumentException(
          name + " must be between " + least + " and " + most + ", not " + value);
    }
  }
}
