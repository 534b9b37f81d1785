package dev.flotilla.sharding.link;

/**
 * Decides from the times at which something was heard whether the other end is lost. It is when the
 * silence is several times the longest gap of late: short on a quiet network, longer where the
 * network or the machines are slow. Pure but for what it remembers; not safe for threads.
 */
final class LossDetector {
  /** How often each end lets hear of itself. */
  static final long BEAT_NANOS = 20_000_000;

  private static final long LEAST_SILENCE_NANOS = 120_000_000;
  private static final long MOST_SILENCE_NANOS = 5_000_000_000L;

  /** At first nothing is known, and both ends may still be warming up. */
  private static final long FIRST_GAP_NANOS = 150_000_000;

  private static final int GAPS = 6;

  /** What a gap is remembered as after the next: half of it after about 70 beats. */
  private static final double DECAY = 0.99;

  private long heardNanos;
  private double longestGapNanos = FIRST_GAP_NANOS;

  /** A detector that has just heard something. */
  LossDetector(long nowNanos) {
    heardNanos = nowNanos;
  }

  /** Takes note that something was heard. */
  void heard(long nowNanos) {
    longestGapNanos = Math.max((double) (nowNanos - heardNanos), longestGapNanos * DECAY);
    heardNanos = nowNanos;
  }

  /** Takes note that nothing could be heard up to now, for reasons on this side. */
  void deaf(long nowNanos) {
    heardNanos = nowNanos;
  }

  /** Whether the other end is lost. */
  boolean lost(long nowNanos) {
    return nowNanos - heardNanos > silenceNanos();
  }

  /** The silence that means loss. */
  long silenceNanos() {
    return (long) Math.clamp(GAPS * longestGapNanos, LEAST_SILENCE_NANOS, MOST_SILENCE_NANOS);
  }
}
