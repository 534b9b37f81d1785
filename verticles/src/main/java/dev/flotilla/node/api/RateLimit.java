package dev.flotilla.node.api;

import java.util.function.LongSupplier;

/**
 * So much a minute: a token bucket that holds a minute's worth, so that a burst of it goes through
 * and then one every so often. What is taken may exceed what is there (the length of an answer is
 * known when it ends); the debt is worked off before more is allowed. One thread.
 */
final class RateLimit {
  private static final long NANOS_PER_MINUTE = 60_000_000_000L;
  private static final long NANOS_PER_MILLI = 1_000_000;
  private static final long MOST_DEBT = Long.MAX_VALUE / 4;

  private final int perMinute;
  private final LongSupplier nanoTime;
  private final long full;

  /** What is there, in units that {@code perMinute} of arrive each nanosecond: exact. */
  private long level;

  private long atNanos;

  /**
   * A full bucket.
   *
   * @param perMinute at most {@link ApiKey#MAX_PER_MINUTE}
   * @param nanoTime a clock as {@link System#nanoTime}
   */
  RateLimit(int perMinute, LongSupplier nanoTime) {
    this.perMinute = perMinute;
    this.nanoTime = nanoTime;
    this.full = perMinute * NANOS_PER_MINUTE;
    this.level = full;
    this.atNanos = nanoTime.getAsLong();
  }

  /** How much is allowed each minute. */
  int perMinute() {
    return perMinute;
  }

  /** How much may be taken now; 0 while there is debt. */
  long available() {
    refill();
    return Math.max(0, level) / NANOS_PER_MINUTE;
  }

  /** Takes, whether it is there or not. */
  void take(int amount) {
    refill();
    long cost = Math.min(amount, MOST_DEBT / NANOS_PER_MINUTE) * NANOS_PER_MINUTE;
    level = Math.max(-MOST_DEBT, level - cost);
  }

  /** Milliseconds until one is there, rounded up; 0 if one is. */
  long millisUntilAvailable() {
    return millisUntil(NANOS_PER_MINUTE);
  }

  /** Milliseconds until a whole minute's worth is there again, rounded up. */
  long millisUntilFull() {
    return millisUntil(full);
  }

  private long millisUntil(long wanted) {
    refill();
    return Math.ceilDiv(nanosUntil(wanted), NANOS_PER_MILLI);
  }

  private long nanosUntil(long wanted) {
    return Math.ceilDiv(Math.max(0, wanted - level), perMinute);
  }

  private void refill() {
    long now = nanoTime.getAsLong();
    long passed = now - atNanos;
    level = passed >= nanosUntil(full) ? full : level + passed * perMinute;
    atNanos = now;
  }
}
