package dev.flotilla.node.api;

import io.vertx.core.MultiMap;
import java.math.BigDecimal;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.LongSupplier;

/**
 * What the holder of one key may still ask for, by its limits. Counts on this node alone, and from
 * zero after a restart. One event loop.
 */
final class KeyBudget {
  /** No limits. */
  static final KeyBudget UNLIMITED = new KeyBudget(Optional.empty(), Optional.empty());

  private final Optional<RateLimit> requests;
  private final Optional<RateLimit> tokens;

  private KeyBudget(Optional<RateLimit> requests, Optional<RateLimit> tokens) {
    this.requests = requests;
    this.tokens = tokens;
  }

  /** The whole budget of a key. */
  static KeyBudget of(ApiKey key, LongSupplier nanoTime) {
    return new KeyBudget(
        limit(key.requestsPerMinute(), nanoTime), limit(key.tokensPerMinute(), nanoTime));
  }

  private static Optional<RateLimit> limit(OptionalInt perMinute, LongSupplier nanoTime) {
    return perMinute.isPresent()
        ? Optional.of(new RateLimit(perMinute.getAsInt(), nanoTime))
        : Optional.empty();
  }

  /** A limit that a request runs into. */
  record Exhausted(String unit, int perMinute, long retryMillis) {}

  /** Takes one request, or tells what is exhausted, in which case nothing is taken. */
  Optional<Exhausted> admit() {
    Optional<Exhausted> exhausted =
        exhausted("requests", requests).or(() -> exhausted("tokens", tokens));
    if (exhausted.isEmpty()) {
      requests.ifPresent(limit -> limit.take(1));
    }
    return exhausted;
  }

  private static Optional<Exhausted> exhausted(String unit, Optional<RateLimit> limit) {
    return limit
        .filter(each -> each.millisUntilAvailable() > 0)
        .map(each -> new Exhausted(unit, each.perMinute(), each.millisUntilAvailable()));
  }

  /** Takes tokens that were computed. */
  void spend(int computed) {
    tokens.ifPresent(limit -> limit.take(computed));
  }

  /** Tells what is left, in OpenAI's headers. */
  void describe(MultiMap headers) {
    requests.ifPresent(limit -> describe(headers, "requests", limit));
    tokens.ifPresent(limit -> describe(headers, "tokens", limit));
  }

  private static void describe(MultiMap headers, String unit, RateLimit limit) {
    headers
        .set("x-ratelimit-limit-" + unit, Integer.toString(limit.perMinute()))
        .set("x-ratelimit-remaining-" + unit, Long.toString(limit.available()))
        .set("x-ratelimit-reset-" + unit, span(limit.millisUntilFull()));
  }

  /** A time as OpenAI writes it: {@code 120ms}, {@code 1.5s}, {@code 6m0s}. */
  static String span(long millis) {
    if (millis < 1000) {
      return millis + "ms";
    }
    String seconds = seconds(millis % 60_000);
    return millis < 60_000 ? seconds : millis / 60_000 + "m" + seconds;
  }

  private static String seconds(long millis) {
    return millis % 1000 == 0
        ? millis / 1000 + "s"
        : BigDecimal.valueOf(millis, 3).stripTrailingZeros().toPlainString() + "s";
  }
}
