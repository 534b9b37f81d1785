package dev.flotilla.federation;

import dev.flotilla.engine.SessionUsage;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Learns a replica's speed from the sessions that it ends: moving averages of the prefill rate, and
 * of the decode rate by batch size. A size between two that were seen is interpolated; of a smaller
 * one than all that were seen, batching is taken to gain half of what it can (in the geometric
 * mean); of a larger one, a step is taken to grow as it did between the sizes that were seen, and
 * where that is one alone, batching to gain nothing: a replica that has seen little must not look
 * better than one that has shown what it can, or all go there before it has. Not thread-safe.
 */
final class SpeedMeter {
  private static final double WEIGHT = 0.2;
  private static final double MOST = 1e8;

  /**
   * What one more session adds to a step at least, in shares of what each of the others takes: what
   * was seen is too noisy to rely on its adding nothing.
   */
  private static final double LEAST_GROWTH = 0.25;

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
   * Goes on where another meter of the same replica ended, before any session: what these show is
   * averaged with that.
   */
  void resume(LearntSpeed before) {
    prefill = bounded(before.prefillTokensPerSecond());
    prefillMeasured = true;
    prefillTold = true;
    Map<Integer, Double> fitting = before.decodeTokensPerSecond().headMap(rates.length + 1);
    if (!fitting.isEmpty()) {
      rates[0] = 0;
      fitting.forEach((batch, rate) -> rates[batch - 1] = bounded(rate));
      decodeMeasured = true;
    }
  }

  /** What sessions have shown; empty until they were long enough to rely on. */
  Optional<LearntSpeed> learnt() {
    if (!isMeasured()) {
      return Optional.empty();
    }
    SortedMap<Integer, Double> decode = new TreeMap<>();
    for (int i = 0; i < rates.length; i++) {
      if (rates[i] > 0) {
        decode.put(i + 1, rates[i]);
      }
    }
    return Optional.of(new LearntSpeed(prefill, decode));
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
      prefilled(read, read * 1e6 / usage.promptMicros());
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

  /** What a few tokens take says more of whom they had to wait for than of the replica. */
  private void prefilled(int read, double rate) {
    boolean telling = read >= TELLING_READ;
    if (!prefillMeasured || (telling && !prefillTold)) {
      prefill = bounded(rate);
    } else if (telling == prefillTold) {
      prefill = averaged(prefill, rate);
    }
    prefillMeasured = true;
    prefillTold |= telling;
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
      all.add(bounded(rate(i)));
    }
    return new ReplicaSpeed(prefill, all);
  }

  private double rate(int index) {
    int below = index;
    while (below >= 0 && rates[below] == 0) {
      below--;
    }
    int above = index;
    while (above < rates.length && rates[above] == 0) {
      above++;
    }
    if (below == index) {
      return rates[index];
    }
    if (below < 0) {
      return rates[above] * Math.sqrt((above + 1.0) / (index + 1));
    }
    if (above == rates.length) {
      return beyond(below, index);
    }
    double share = Math.log((index + 1.0) / (below + 1)) / Math.log((above + 1.0) / (below + 1));
    return rates[below] * Math.pow(rates[above] / rates[below], share);
  }

  /** The rate at a larger size than {@code largest}, the largest that was seen. */
  private double beyond(int largest, int index) {
    int smallest = 0;
    while (rates[smallest] == 0) {
      smallest++;
    }
    double stepSeconds = 1 / rates[largest];
    double share = stepSeconds / (largest + 1);
    double growth =
        smallest == largest ? share : (stepSeconds - 1 / rates[smallest]) / (largest - smallest);
    return 1 / (stepSeconds + (index - largest) * Math.clamp(growth, LEAST_GROWTH * share, share));
  }
}
