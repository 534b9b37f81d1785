package dev.flotilla.node.topology;

import java.util.Optional;

/**
 * What was measured of the way from one other node: the least round trip of late, as what is longer
 * says more of busy processors than of the way, and an average of the rates. One thread at a time.
 */
final class WayMeter {
  private static final int WINDOW = 8;
  private static final double WEIGHT = 0.5;

  private final double[] roundTrips = new double[WINDOW];
  private int samples;
  private double bytesPerSecond;
  private long lastNanos;

  void roundTrip(double millis, long nowNanos) {
    roundTrips[samples % WINDOW] = millis;
    samples++;
    lastNanos = nowNanos;
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
                fromNode, roundTrip(), bytesPerSecond, samples, (nowNanos - lastNanos) / 1e9));
  }
}
