package dev.flotilla.node.api;

import io.vertx.core.http.HttpServerRequest;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.List;
import java.util.Optional;

/** The keys that clients may enter with. Keeps only their hashes. */
final class ApiKeys {
  private static final String BEARER = "Bearer ";

  private final List<byte[]> hashes;

  ApiKeys(List<String> keys) {
    this.hashes = keys.stream().map(ApiKeys::sha256).toList();
  }

  /** Whether a request may enter; always, where there are no keys. */
  boolean admit(HttpServerRequest request) {
    return hashes.isEmpty() || presented(request).filter(this::known).isPresent();
  }

  /** Whether a request has one of the keys; never, where there are none. */
  boolean admitOnlyHolders(HttpServerRequest request) {
    return presented(request).filter(this::known).isPresent();
  }

  /** {@code Authorization: Bearer KEY}, or {@code x-api-key: KEY}. */
  private static Optional<String> presented(HttpServerRequest request) {
    String authorization = request.getHeader("Authorization");
    if (authorization != null && authorization.regionMatches(true, 0, BEARER, 0, BEARER.length())) {
      return Optional.of(authorization.substring(BEARER.length()).strip());
    }
    return Optional.ofNullable(request.getHeader("x-api-key"));
  }

  /** Compares with every key, so that the time taken tells neither which nor how much matched. */
  private boolean known(String key) {
    byte[] hash = sha256(key);
    boolean known = false;
    for (byte[] each : hashes) {
      known |= MessageDigest.isEqual(each, hash);
    }
    return known;
  }

  private static byte[] sha256(String key) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(key.getBytes(StandardCharsets.UTF_8));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
