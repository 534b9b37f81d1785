package dev.flotilla.engine.metering;

/**
 * What one batch took in one stage, told by that stage.
 *
 * @param waitNanos from its arrival there until it was computed
 * @param computeNanos while it was computed
 * @param roundTripNanos of late on the link to the next stage; 0 if that is not known
 */
public record StageSpan(long waitNanos, long computeNanos, long roundTripNanos) {
  /** Days: more is nonsense, and less can be added up. */
  private static final long MOST_NANOS = 1L << 50;

  public StageSpan {
    requireSpan(waitNanos);
    requireSpan(computeNanos);
    requireSpan(roundTripNanos);
  }

  private static void requireSpan(long nanos) {
    if (nanos < 0 || nanos > MOST_NANOS) {
      throw new IllegalArgumentException("a span of %d ns".formatted(nanos));
    }
  }

  /** The same, with another round trip. */
  public StageSpan withRoundTrip(long nanos) {
    return new StageSpan(waitNanos, computeNanos, nanos);
  }

  /** What the batch spent in the stage. */
  long totalNanos() {
    return waitNanos + computeNanos;
  }
}
