package dev.flotilla.cli.bench;

import java.util.Arrays;

/** Order statistics. */
public final class Statistics {
  private Statistics() {}

  /**
   * Several measurements of one thing.
   *
   * @param min the least
   * @param median the middle one, or the mean of the middle two
   * @param max the greatest
   */
  public record Spread(double min, double median, double max) {

    /** The spread of some values, at least one. */
    public static Spread of(double[] values) {
      double[] sorted = values.clone();
      Arrays.sort(sorted);
      int middle = sorted.length / 2;
      double median =
          sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
      return new Spread(sorted[0], median, sorted[sorted.length - 1]);
    }
  }

  /**
   * The least value that at least so many percent of all do not exceed (nearest rank).
   *
   * @param values at least one; need not be sorted
   * @param percent more than 0, at most 100
   */
  static double percentile(double[] values, double percent) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    int rank = (int) Math.ceil(percent / 100 * sorted.length);
    return sorted[Math.max(rank, 1) - 1];
  }
}
