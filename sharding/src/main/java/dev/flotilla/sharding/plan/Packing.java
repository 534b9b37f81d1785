package dev.flotilla.sharding.plan;

import java.util.Arrays;
import java.util.Comparator;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * Finds some pipeline where room is tight: which nodes of a tour to use, so that the layers fit.
 * Any may be left out, but for the pinned. A shortest path over (node, cut): {@code best[n][c]} is
 * the least time of layers {@code [0, c)} with node {@code n} as the last, for one stream and
 * without the way back. O(nodes² × cuts + nodes × cuts²).
 */
final class Packing {
  private final Problem problem;
  private final int[] tour;
  private final int[] pinnedBefore;
  private final double[][] best;
  private final int[][] previousNode;
  private final int[][] previousCut;

  /**
   * Looks at one tour.
   *
   * @param tour nodes in the order in which they may follow each other
   */
  Packing(Problem problem, boolean[] pinned, int[] tour) {
    this.problem = problem;
    this.tour = tour;
    this.pinnedBefore = new int[tour.length + 1];
    for (int place = 0; place < tour.length; place++) {
      pinnedBefore[place + 1] = pinnedBefore[place] + (pinned[tour[place]] ? 1 : 0);
    }
    int cuts = problem.cuts.length;
    this.best = new double[tour.length][cuts];
    this.previousNode = new int[tour.length][cuts];
    this.previousCut = new int[tour.length][cuts];
    for (int place = 0; place < tour.length; place++) {
      extend(place);
    }
  }

  private void extend(int place) {
    int[] cuts = problem.cuts;
    int[] from = previousNode[place];
    double[] reached = new double[cuts.length];
    for (int cut = 0; cut < cuts.length; cut++) {
      from[cut] = -1;
      reached[cut] = reach(place, cut, from);
    }
    Arrays.fill(best[place], Double.POSITIVE_INFINITY);
    double step = problem.layerSeconds(tour[place], 1);
    int[] node = new int[cuts.length];
    for (int to = 1; to < cuts.length; to++) {
      for (int cut = 0; cut < to; cut++) {
        double seconds = reached[cut] + step * (cuts[to] - cuts[cut]);
        if (seconds < best[place][to] && problem.fits(tour[place], cuts[cut], cuts[to])) {
          best[place][to] = seconds;
          previousCut[place][to] = cut;
          node[to] = from[cut];
        }
      }
    }
    previousNode[place] = node;
  }

  /** The least time of the layers up to a cut and of the hop to a node, of nodes before it. */
  private double reach(int place, int cut, int[] from) {
    if (cut == 0) {
      return pinnedBefore[place] == 0 ? 0 : Double.POSITIVE_INFINITY;
    }
    double least = Double.POSITIVE_INFINITY;
    for (int before = place - 1; before >= 0; before--) {
      double seconds = best[before][cut] + problem.tokenHopSeconds(tour[before], tour[place]);
      if (seconds < least) {
        least = seconds;
        from[cut] = before;
      }
      if (pinnedBefore[before + 1] > pinnedBefore[before]) {
        break;
      }
    }
    return least;
  }

  /** The nodes in their order; empty if the layers don't fit so, or a token can't come back. */
  Optional<int[]> order() {
    int end = problem.cuts.length - 1;
    return IntStream.range(0, tour.length)
        .filter(place -> pinnedBefore[place + 1] == pinnedBefore[tour.length])
        .filter(place -> best[place][end] < Double.POSITIVE_INFINITY)
        .boxed()
        .sorted(Comparator.comparingDouble(place -> best[place][end]))
        .map(this::trace)
        .filter(order ->
            problem.returnSeconds(order[order.length - 1], order[0]) < Double.POSITIVE_INFINITY)
        .findFirst();
  }

  private int[] trace(int last) {
    IntStream.Builder backwards = IntStream.builder();
    int cut = problem.cuts.length - 1;
    for (int place = last; cut > 0; ) {
      backwards.add(tour[place]);
      int before = previousNode[place][cut];
      cut = previousCut[place][cut];
      place = before;
    }
    int[] order = backwards.build().toArray();
    return IntStream.range(0, order.length).map(i -> order[order.length - 1 - i]).toArray();
  }
}
