package dev.flotilla.node.api;

import io.vertx.core.http.HttpServerRequest;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.function.LongSupplier;

/** The keys that clients may enter with, and what is left of their budgets. One event loop. */
final class ApiKeys {
  private static final String BEARER = "Bearer ";
  private static final Caller ANYBODY =
      new Caller(Caller.ANONYMOUS, ApiRole.USER, KeyBudget.UNLIMITED);

  private record Entry(byte[] hash, Caller caller) {}

  private final List<Entry> entries = new ArrayList<>();
  private final boolean needed;

  /**
   * Keys of clients; with none, everybody may enter.
   *
   * @param adminKey a key that is known whether others are needed or not
   * @param nanoTime a clock as {@link System#nanoTime}
   */
  ApiKeys(List<ApiKey> keys, Optional<String> adminKey, LongSupplier nanoTime) {
    this.needed = !keys.isEmpty();
    for (ApiKey key : keys) {
      Caller caller = new Caller(key.name(), key.role(), KeyBudget.of(key, nanoTime));
      entries.add(new Entry(HexFormat.of().parseHex(key.sha256()), caller));
    }
    adminKey.ifPresent(key ->
        entries.add(
            new Entry(
                ApiKey.sha256Of(key),
                new Caller(Caller.ADMIN_KEY, ApiRole.ADMIN, KeyBudget.UNLIMITED))));
  }

  /** Who sent a request; empty where a key is needed and there is none that is known. */
  Optional<Caller> caller(HttpServerRequest request) {
    Optional<Caller> holder = presented(request).flatMap(this::holder);
    return needed ? holder : holder.or(() -> Optional.of(ANYBODY));
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
  private Optional<Caller> holder(String key) {
    byte[] hash = ApiKey.sha256Of(key);
    Optional<Caller> holder = Optional.empty();
    for (Entry entry : entries) {
      if (MessageDigest.isEqual(entry.hash(), hash)) {
        holder = Optional.of(entry.caller());
      }
    }
    return holder;
  }
}
