package dev.flotilla.federation.link;

/**
 * How long a head that should show signs of life may be silent, by how long it has been lately: a
 * well machine nearby is missed soon, one that is busy or behind a bad way gets more time. Safe for
 * threads; time is the caller's, as of {@link System#nanoTime}.
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
  private long atNanos;

  /** The most that there is, until more is known. */
  Patience(long mostNanos, long nowNanos) {
    this.mostNanos = mostNanos;
    this.longestNanos = mostNanos / FACTOR;
    this.atNanos = nowNanos;
  }

  /** There was a sign of life, so long after the one before it. */
  synchronized void heard(long silentNanos, long nowNanos) {
    longestNanos = Math.max((double) silentNanos, remembered(nowNanos));
    atNanos = nowNanos;
  }

  /** How long a silence may last now. */
  synchronized long nanos(long nowNanos) {
    double wanted = FACTOR * remembered(nowNanos);
    return (long) Math.clamp(wanted, LEAST_SHARE * mostNanos, (double) mostNanos);
  }

  private double remembered(long nowNanos) {
    return longestNanos * Math.pow(0.5, (nowNanos - atNanos) / HALF_LIFE_NANOS);
  }
}
