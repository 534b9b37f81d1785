package dev.flotilla.sharding.link;

/**
 * Decides from the times at which something was heard whether the other end is lost. It is when the
 * silence is several times the longest gap of late: short on a quiet network, longer where the
 * network or the other machine is slow.
 *
 * <p>Only time spent listening counts. Whoever listens looks up every {@link #BEAT_NANOS}; a look
 * that took much longer tells that this side was not running (a pause of the collector, a stopped
 * process, processors that others keep busy) and counts little. Pure but for what it remembers; not
 * safe for threads.
 */
final class LossDetector {
  /** How often each end lets hear of itself, and how often a listener looks up. */
  static final long BEAT_NANOS = 20_000_000;

  private static final long MOST_LOOK_NANOS = 2 * BEAT_NANOS;
  private static final long LEAST_SILENCE_NANOS = 120_000_000;
  private static final long MOST_SILENCE_NANOS = 5_000_000_000L;

  /** At first nothing is known, and both ends may still be warming up. */
  private static final long FIRST_GAP_NANOS = 150_000_000;

  private static final int GAPS = 6;

  /** After so much listening a gap is remembered as 1/e of what it was: half of it in 1.4 s. */
  private static final double MEMORY_NANOS = 2e9;

  private double longestGapNanos = FIRST_GAP_NANOS;
  private long lookedNanos;
  private long silentNanos;

  /** Begins to listen: what could not be heard up to now says nothing about the other end. */
  void listens(long nowNanos) {
    lookedNanos = nowNanos;
    silentNanos = 0;
  }

  /** Takes note that something was heard, if only a part of a frame. */
  void heard(long nowNanos) {
    look(nowNanos);
    longestGapNanos =
        Math.max((double) silentNanos, longestGapNanos * Math.exp(-silentNanos / MEMORY_NANOS));
    silentNanos = 0;
  }

  /** Takes note that nothing is there to be heard. */
  void silent(long nowNanos) {
    look(nowNanos);
  }

  private void look(long nowNanos) {
    silentNanos += Math.min(nowNanos - lookedNanos, MOST_LOOK_NANOS);
    lookedNanos = nowNanos;
  }

  /** Whether the other end is lost. */
  boolean lost() {
    return silentNanos > patienceNanos();
  }

  /** The silence that means loss. */
  long patienceNanos() {
    return (long) Math.clamp(GAPS * longestGapNanos, LEAST_SILENCE_NANOS, MOST_SILENCE_NANOS);
  }
}
