package dev.flotilla.sharding.plan;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Finds the best pipelines among a few nodes.
 *
 * <p>The shortest way through each subset from each first to each last node is Held and Karp's
 * dynamic programme (1962). With the {@linkplain RelaxedCost bound} on the computing it gives a
 * bound for every (subset, first, last); these are cut exactly in the order of their bounds until
 * no bound is below the best plan. Where cuts don't reach their bound, as the layers differ in size
 * or may not be cut anywhere, longer ways through the same nodes may still be better, and are cut
 * too.
 */
final class ExactSearch {

  /** The way through subsets takes n² · 2ⁿ steps. */
  static final int MAX_NODES = 10;

  /** Pipelines of each length that are cut, whether or not they can be the best. */
  private static final int ALTERNATIVES = 3;

  /** Sums of the same times in another order differ by less. */
  private static final double ROUNDING = 1e-12;

  /**
   * Pipelines through the same nodes with the same ends.
   *
   * @param bound on their rounds
   * @param computeSeconds bound on what one group is computed on
   */
  private record Candidate(double bound, double computeSeconds, int subset, int first, int last) {}

  private final Problem problem;
  private final int[] nodes;
  private final RelaxedCost relaxed;
  private final LayerCuts cuts;
  private final int pinned;
  private final double[][] way;
  private final long maxCutWork;

  /**
   * @param nodes those to choose from, at most {@link #MAX_NODES}
   * @param pinned those of them that must be in
   * @param maxCutWork how much may be cut; reached only if the bounds are loose, and then the plan
   *     may not be the best
   */
  ExactSearch(
      Problem problem,
      int[] nodes,
      boolean[] pinned,
      RelaxedCost relaxed,
      LayerCuts cuts,
      long maxCutWork) {
    this.maxCutWork = maxCutWork;
    this.problem = problem;
    this.nodes = nodes.clone();
    this.relaxed = relaxed;
    this.cuts = cuts;
    int mask = 0;
    for (int i = 0; i < nodes.length; i++) {
      mask |= pinned[nodes[i]] ? 1 << i : 0;
    }
    this.pinned = mask;
    int states = (1 << nodes.length) * nodes.length;
    this.way = new double[nodes.length][states];
  }

  void search(Ranking ranking) {
    List<Candidate> candidates = new ArrayList<>();
    for (int first = 0; first < nodes.length; first++) {
      findWays(first);
      addCandidates(first, ranking.bestSeconds(), candidates);
    }
    candidates.sort(
        Comparator.comparingDouble(Candidate::bound)
            .thenComparingInt(Candidate::subset)
            .thenComparingInt(Candidate::first)
            .thenComparingInt(Candidate::last));
    int[] cutOfLength = new int[nodes.length + 1];
    cuts.resetWork();
    for (Candidate candidate : candidates) {
      int stages = Integer.bitCount(candidate.subset());
      if (candidate.bound() < ranking.bestSeconds() && cuts.work() < maxCutWork) {
        cutOfLength[stages]++;
        Orders orders = new Orders(candidate, ranking);
        orders.cutShortest();
        orders.cutAll();
      } else if (cutOfLength[stages]++ < ALTERNATIVES) {
        new Orders(candidate, ranking).cutShortest();
      }
    }
  }

  /** The orders of a candidate's nodes, and the cutting of those that may be best. */
  private final class Orders {
    private final Candidate candidate;
    private final Ranking ranking;
    private final int[] order;

    Orders(Candidate candidate, Ranking ranking) {
      this.candidate = candidate;
      this.ranking = ranking;
      this.order = new int[Integer.bitCount(candidate.subset())];
    }

    /** Cuts the shortest order. */
    void cutShortest() {
      int at = candidate.first();
      int rest = candidate.subset() & ~(1 << at);
      order[0] = nodes[at];
      for (int stage = 1; stage < order.length; stage++) {
        int from = at;
        int left = rest;
        at =
            IntStream.range(0, nodes.length)
                .filter(next -> (left & 1 << next) != 0)
                .boxed()
                .min(Comparator.comparingDouble(next -> through(from, next, left)))
                .orElseThrow();
        rest &= ~(1 << at);
        order[stage] = nodes[at];
      }
      cut();
    }

    /** Cuts all orders that may be better than the best plan, as that gets better. */
    void cutAll() {
      int first = candidate.first();
      order[0] = nodes[first];
      double back = problem.returnSeconds(nodes[candidate.last()], order[0]);
      extend(1, first, candidate.subset() & ~(1 << first), candidate.computeSeconds() + back);
    }

    /**
     * Goes on to every node from which the rest can be gone through soon enough.
     *
     * @param stages how many are in the order
     * @param at the last of these
     * @param rest the nodes that are not in it yet
     * @param soFar seconds of computing and of the way up to here
     */
    private void extend(int stages, int at, int rest, double soFar) {
      if (rest == 0) {
        cut();
        return;
      }
      for (int next = 0; next < nodes.length && cuts.work() < maxCutWork; next++) {
        if ((rest & 1 << next) != 0
            && soFar + through(at, next, rest) < ranking.bestSeconds() * (1 - ROUNDING)) {
          order[stages] = nodes[next];
          double hop = problem.tokenHopSeconds(nodes[at], nodes[next]);
          extend(stages + 1, next, rest & ~(1 << next), soFar + hop);
        }
      }
    }

    private void cut() {
      cuts.best(order).ifPresent(ranking::add);
    }

    /** The shortest way by a next node through the rest, which it is of. */
    private double through(int at, int next, int rest) {
      return problem.tokenHopSeconds(nodes[at], nodes[next])
          + way[next][rest * nodes.length + candidate.last()];
    }
  }

  /** The shortest ways from one node through every subset to every last node. */
  private void findWays(int first) {
    int count = nodes.length;
    double[] ways = way[first];
    Arrays.fill(ways, Double.POSITIVE_INFINITY);
    ways[(1 << first) * count + first] = 0;
    for (int subset = 1 << first; subset < 1 << count; subset++) {
      if ((subset & 1 << first) == 0) {
        continue;
      }
      for (int last = 0; last < count; last++) {
        double so = ways[subset * count + last];
        if (so == Double.POSITIVE_INFINITY) {
          continue;
        }
        for (int next = 0; next < count; next++) {
          if ((subset & 1 << next) == 0) {
            int state = (subset | 1 << next) * count + next;
            double through = so + problem.tokenHopSeconds(nodes[last], nodes[next]);
            if (through < ways[state]) {
              ways[state] = through;
            }
          }
        }
      }
    }
  }

  private void addCandidates(int first, double withinSeconds, List<Candidate> candidates) {
    int count = nodes.length;
    boolean[] members = new boolean[problem.size()];
    for (int subset = 1 << first; subset < 1 << count; subset++) {
      int stages = Integer.bitCount(subset);
      if ((subset & 1 << first) == 0
          || (subset & pinned) != pinned
          || stages < problem.constraints.minNodes()
          || stages > problem.constraints.maxNodes()) {
        continue;
      }
      for (int i = 0; i < count; i++) {
        members[nodes[i]] = (subset & 1 << i) != 0;
      }
      for (int last = 0; last < count; last++) {
        double links =
            way[first][subset * count + last] + problem.returnSeconds(nodes[last], nodes[first]);
        if (links >= withinSeconds) {
          continue;
        }
        double compute =
            relaxed.computeSeconds(
                members, stages, nodes[first], nodes[last], Double.POSITIVE_INFINITY);
        double busy = relaxed.busySeconds(members, stages, nodes[first], nodes[last]);
        double bound = Math.max(links + compute, busy);
        if (bound < withinSeconds) {
          candidates.add(new Candidate(bound, compute, subset, first, last));
        }
      }
    }
  }
}
