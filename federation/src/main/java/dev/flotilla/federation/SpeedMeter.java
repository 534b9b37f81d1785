package dev.flotilla.federation;

import dev.flotilla.engine.SessionUsage;
import java.util.ArrayList;
import java.util.List;

/**
 * Learns a replica's speed from the sessions that it ends: moving averages of the prefill rate, and
 * of the decode rate by batch size. Sizes that were never seen are estimated from the nearest that
 * was, halfway (in the geometric mean) between batching that costs nothing and batching that gains
 * nothing. Not thread-safe.
 */
final class SpeedMeter {
  private static final double WEIGHT = 0.2;
  private static final double MOST = 1e8;

  /** Shorter times say more of the clock than of the engine. */
  private static final long LEAST_MICROS = 100;

  /** What a session must have read and generated at least to say how fast the replica is. */
  private static final int TELLING_READ = 32;

  private static final int TELLING_GENERATED = 8;

  private final double[] rates;
  private double prefill;
  private boolean prefillMeasured;
  private boolean decodeMeasured;
  private boolean prefillTold;
  private boolean decodeTold;

  /**
   * A meter that has seen nothing.
   *
   * @param prefill the prefill rate until one is measured
   * @param decode the decode rate of one session until one is measured
   */
  SpeedMeter(int slots, double prefill, double decode) {
    this.rates = new double[Math.min(slots, ReplicaSpeed.MAX_BATCH)];
    this.prefill = prefill;
    this.rates[0] = decode;
  }

  /**
   * A session ended.
   *
   * @param generated tokens that it generated here
   * @param batch how many sessions ran beside it on average, itself included
   */
  void ended(SessionUsage usage, int generated, double batch) {
    int read = usage.promptTokens() - usage.cachedTokens();
    if (usage.promptMicros() >= LEAST_MICROS && read > 0) {
      double rate = read * 1e6 / usage.promptMicros();
      prefill = prefillMeasured ? averaged(prefill, rate) : bounded(rate);
      prefillMeasured = true;
      prefillTold |= read >= TELLING_READ;
    }
    if (usage.generationMicros() >= LEAST_MICROS && generated > 1) {
      int index = Math.clamp(Math.round(batch) - 1, 0, rates.length - 1);
      // The first token comes with the prompt.
      double rate = (generated - 1) * 1e6 / usage.generationMicros();
      if (!decodeMeasured) {
        rates[0] = 0;
        decodeMeasured = true;
      }
      decodeTold |= generated >= TELLING_GENERATED;
      rates[index] = rates[index] == 0 ? bounded(rate) : averaged(rates[index], rate);
    }
  }

  /** Whether sessions were long enough to rely on. */
  boolean isMeasured() {
    return prefillTold && decodeTold;
  }

  private static double averaged(double before, double rate) {
    return bounded(before + WEIGHT * (rate - before));
  }

  private static double bounded(double rate) {
    return Math.clamp(rate, 1e-3, MOST);
  }

  /** The speed as far as it is known. */
  ReplicaSpeed speed() {
    List<Double> all = new ArrayList<>(rates.length);
    for (int i = 0; i < rates.length; i++) {
      int nearest = nearest(i);
      all.add(bounded(rates[nearest] * Math.sqrt((nearest + 1.0) / (i + 1.0))));
    }
    return new ReplicaSpeed(prefill, all);
  }

  private int nearest(int index) {
    for (int distance = 0; distance < rates.length; distance++) {
      if (index - distance >= 0 && rates[index - distance] > 0) {
        return index - distance;
      }
      if (index + distance < rates.length && rates[index + distance] > 0) {
        return index + distance;
      }
    }
    throw new IllegalStateException("a meter begins with a rate");
  }
}
