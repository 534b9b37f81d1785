package dev.flotilla.federation.link;

/**
 * How long a head that should show signs of life may be silent towards all sessions that it has
 * from here, by how long it has been lately: a well machine nearby is missed soon, one that is busy
 * or behind a bad way gets more time. Safe for threads; time is the caller's, as of {@link
 * System#nanoTime}.
 */
final class Patience {
  /** What the longest silence of late is multiplied by. */
  private static final double FACTOR = 4;

  /** The least patience, as a share of the most. */
  private static final double LEAST_SHARE = 0.4;

  /** In which half of what was seen is forgotten. */
  private static final double HALF_LIFE_NANOS = 5e9;

  private final long mostNanos;
  private double longestNanos;
  private long heardNanos;

  /** The most that there is, until more is known. */
  Patience(long mostNanos, long nowNanos) {
    this.mostNanos = mostNanos;
    this.longestNanos = mostNanos / FACTOR;
    this.heardNanos = nowNanos;
  }

  /**
   * A session had a sign of life.
   *
   * @param awaitedNanos since when it waited for one
   */
  synchronized void heard(long awaitedNanos, long nowNanos) {
    double remembered = longestNanos * Math.pow(0.5, (nowNanos - heardNanos) / HALF_LIFE_NANOS);
    longestNanos = Math.max(remembered, (double) silence(awaitedNanos, nowNanos));
    heardNanos = nowNanos;
  }

  /**
   * Whether a session need wait no longer, as no other has heard anything either.
   *
   * @param awaitedNanos since when it has waited for a sign of life
   */
  synchronized boolean isAtAnEnd(long awaitedNanos, long nowNanos) {
    double bearable =
        Math.clamp(FACTOR * longestNanos, LEAST_SHARE * mostNanos, (double) mostNanos);
    return silence(awaitedNanos, nowNanos) > bearable;
  }

  private long silence(long awaitedNanos, long nowNanos) {
    return Math.min(nowNanos - awaitedNanos, nowNanos - heardNanos);
  }
}
