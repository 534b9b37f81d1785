package dev.flotilla.sharding.plan;

import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * The placements to be better than: layers in proportion to memory, over all nodes or over the
 * fewest with enough of it (of these the set with the most), in the order in which they came.
 */
final class MemoryProportionalSplit {
  private final Problem problem;

  MemoryProportionalSplit(Topology topology, ModelShape model, Constraints constraints) {
    this.problem = new Problem(topology, topology.nodes(), model, constraints);
  }

  boolean fitsOneNode() {
    return IntStream.range(0, problem.size())
        .anyMatch(node -> problem.fits(node, 0, problem.layers));
  }

  /** The seconds between tokens; infinite if it does not fit so. */
  double tokenSecondsOverAll() {
    int[] all = IntStream.range(0, problem.size()).toArray();
    return fits(problem, all)
        ? new PipelineCost(problem).roundSeconds(all, ends(problem, all), 1)
        : Double.POSITIVE_INFINITY;
  }

  /** The seconds between tokens; infinite if no set of nodes fits so. */
  double tokenSecondsOverFewest() {
    for (int stages = 1; stages <= problem.size(); stages++) {
      int[] best = {};
      long most = -1;
      for (int subset = 1; subset < 1 << problem.size(); subset++) {
        if (Integer.bitCount(subset) == stages) {
          int members = subset;
          int[] order =
              IntStream.range(0, problem.size()).filter(n -> (members >> n & 1) == 1).toArray();
          long room = IntStream.of(order).mapToLong(problem::roomBytes).sum();
          if (room > most && fits(problem, order)) {
            most = room;
            best = order;
          }
        }
      }
      if (best.length > 0) {
        return new PipelineCost(problem).roundSeconds(best, ends(problem, best), 1);
      }
    }
    return Double.POSITIVE_INFINITY;
  }

  private static boolean fits(Problem problem, int[] order) {
    int[] ends = ends(problem, order);
    int from = 0;
    for (int stage = 0; stage < order.length; stage++) {
      if (ends[stage] <= from || !problem.fits(order[stage], from, ends[stage])) {
        return false;
      }
      from = ends[stage];
    }
    return Double.isFinite(new PipelineCost(problem).roundSeconds(order, ends, 1));
  }

  private static int[] ends(Problem problem, int[] order) {
    double room = IntStream.of(order).mapToDouble(problem::roomBytes).sum();
    int[] ends = new int[order.length];
    double sum = 0;
    for (int stage = 0; stage < order.length; stage++) {
      sum += problem.roomBytes(order[stage]);
      double end = problem.layers * sum / room;
      ends[stage] =
          Arrays.stream(problem.cuts)
              .boxed()
              .min((a, b) -> Double.compare(Math.abs(a - end), Math.abs(b - end)))
              .orElseThrow();
    }
    return ends;
  }
}
