package dev.flotilla.cli.bench;

import dev.flotilla.cli.bench.Statistics.Spread;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * What came out.
 *
 * @param plan what was measured
 * @param targets one or two
 * @param series one per concurrency and target, targets of a concurrency side by side
 * @param clientCpu processor time that this client took, in cores: it may be taken from the servers
 */
public record BenchResult(
    BenchPlan plan, List<Target> targets, List<Series> series, double clientCpu) {

  /**
   * One target at one concurrency.
   *
   * @param target its index
   * @param clients how many asked at once
   * @param values one value per repetition of each metric; not copied
   */
  record Series(int target, int clients, Map<Metric, double[]> values) {

    /** The spread over the repetitions. */
    Spread spread(Metric metric) {
      return Spread.of(valuesOf(metric));
    }

    /** This one's values by another's, repetition by repetition. */
    Spread ratio(Series other, Metric metric) {
      double[] mine = valuesOf(metric);
      double[] others = other.valuesOf(metric);
      return Spread.of(
          IntStream.range(0, mine.length).mapToDouble(i -> mine[i] / others[i]).toArray());
    }

    /** One value per repetition. */
    double[] valuesOf(Metric metric) {
      return values.getOrDefault(metric, new double[] {Double.NaN});
    }
  }
}
