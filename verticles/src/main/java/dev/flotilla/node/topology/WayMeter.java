package dev.flotilla.node.topology;

import java.util.Optional;

/**
 * What was measured of the way from one other node: the least round trip of late, as what is longer
 * says more of busy processors than of the way; an average of the rates; and how often a round trip
 * was held up as by a lost packet. One thread at a time.
 */
final class WayMeter {
  private static final int WINDOW = 8;
  private static final double WEIGHT = 0.5;

  /**
   * A lone packet that is lost is sent again after that at the soonest: Linux' TCP_RTO_MIN, which
   * the probe of RFC 8985 (7.2) waits for too where nothing else is on its way.
   */
  private static final double RESENT_MILLIS = 200;

  private static final double HELD_UP_WEIGHT = 1.0 / 32;

  private final double[] roundTrips = new double[WINDOW];
  private int samples;
  private double bytesPerSecond;
  private double heldUp;
  private long lastNanos;

  void roundTrip(double millis, long nowNanos) {
    roundTrips[samples % WINDOW] = millis;
    samples++;
    lastNanos = nowNanos;
    count(millis > roundTrip() + RESENT_MILLIS);
  }

  /** A question came to nothing. */
  void unanswered() {
    count(true);
  }

  private void count(boolean isHeldUp) {
    heldUp += HELD_UP_WEIGHT * ((isHeldUp ? 1 : 0) - heldUp);
  }

  /** Bytes came in so many milliseconds, of which the way itself took one round trip. */
  void transfer(long bytes, double millis) {
    double rate = bytes / (Math.max(0.05, millis - roundTrip()) / 1000);
    bytesPerSecond = bytesPerSecond == 0 ? rate : WEIGHT * rate + (1 - WEIGHT) * bytesPerSecond;
  }

  private double roundTrip() {
    double least = Double.POSITIVE_INFINITY;
    for (int i = 0; i < Math.min(samples, WINDOW); i++) {
      least = Math.min(least, roundTrips[i]);
    }
    return least;
  }

  /** What is known; empty before the first measurement. */
  Optional<NodeReport.Way> way(String fromNode, long nowNanos) {
    return samples == 0
        ? Optional.empty()
        : Optional.of(
            new NodeReport.Way(
                fromNode,
                roundTrip(),
                bytesPerSecond,
                heldUp,
                samples,
                (nowNanos - lastNanos) / 1e9));
  }
}
