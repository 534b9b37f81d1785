package dev.flotilla.sharding.plan;

import java.util.ArrayDeque;
import java.util.Deque;

/** The planner's plain twin: every subset in every order with every cut. */
final class BruteForce {
  private final Problem problem;
  private final PipelineCost cost;
  private final Deque<Integer> order = new ArrayDeque<>();
  private final boolean[] used;
  private final boolean[] pinned;
  private double best = Double.POSITIVE_INFINITY;

  private BruteForce(Problem problem) {
    this.problem = problem;
    this.cost = new PipelineCost(problem);
    this.used = new boolean[problem.size()];
    this.pinned = new boolean[problem.size()];
    for (int node = 0; node < pinned.length; node++) {
      pinned[node] = problem.constraints.pinned().contains(problem.nodes.get(node).nodeId());
    }
  }

  /** The least possible seconds of a round; infinite if there is no plan. */
  static double roundSeconds(Topology topology, ModelShape model, Constraints constraints) {
    BruteForce search = new BruteForce(new Problem(topology, topology.nodes(), model, constraints));
    search.extendOrder();
    return search.best;
  }

  private void extendOrder() {
    int stages = order.size();
    if (stages >= problem.constraints.minNodes() && hasPinned()) {
      int[] nodes = order.stream().mapToInt(Integer::intValue).toArray();
      if (stages > 0) {
        extendCuts(nodes, new int[stages], 0, 0);
      }
    }
    if (stages == problem.constraints.maxNodes()) {
      return;
    }
    for (int node = 0; node < used.length; node++) {
      if (!used[node]) {
        used[node] = true;
        order.addLast(node);
        extendOrder();
        order.removeLast();
        used[node] = false;
      }
    }
  }

  private boolean hasPinned() {
    for (int node = 0; node < used.length; node++) {
      if (pinned[node] && !used[node]) {
        return false;
      }
    }
    return true;
  }

  private void extendCuts(int[] nodes, int[] ends, int stage, int from) {
    if (stage == nodes.length) {
      best = Math.min(best, cost.roundSeconds(nodes, ends, problem.streams));
      return;
    }
    boolean last = stage == nodes.length - 1;
    for (int cut : problem.cuts) {
      if (cut > from && last == (cut == problem.layers) && problem.fits(nodes[stage], from, cut)) {
        ends[stage] = cut;
        extendCuts(nodes, ends, stage + 1, cut);
      }
    }
  }
}
