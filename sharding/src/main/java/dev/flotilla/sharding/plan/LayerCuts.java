package dev.flotilla.sharding.plan;

import java.util.Arrays;
import java.util.Optional;

/**
 * The best cuts for nodes in a given order, exactly.
 *
 * <p>For one stream it is a shortest path over (stage, cut): {@code best[s][c] = min over b of
 * best[s-1][b] + (c - b) * step[s]}. The layers that fit on a stage form a window of {@code b} that
 * only moves forward with {@code c}, so a monotone queue finds each minimum in amortised constant
 * time: O(stages × cuts) in all. For more streams the busiest stage counts too; its time is
 * bisected, since the least way grows as the busiest stage is allowed less.
 *
 * <p>Not thread-safe: it reuses its tables.
 */
final class LayerCuts {
  private static final int BISECTIONS = 24;

  /** How near the busiest stage's time is found, as a share of it. */
  private static final double FINE = 1e-4;

  private static final double ROUGH = 1e-2;

  /** How much longer a lone stream may wait where prompts gain by it. */
  static final double LEVELLING = 1.025;

  private static final Limit UNLIMITED = (_, _) -> Double.POSITIVE_INFINITY;

  private final Problem problem;
  private final PipelineCost cost;
  private final int[] cuts;
  private double[] best;
  private double[] next;
  private int[][] cameFrom = new int[0][];
  private final int[] queue;
  private final double[] queued;

  /** For each node, once it was asked for: the first cut from which layers fit up to each cut. */
  private final int[][] firstFitting;

  private long work;

  /** What a stage may have. */
  @FunctionalInterface
  private interface Limit {
    /**
     * Layers at most.
     *
     * @param end whether the output head is in it too
     */
    double layers(int node, boolean end);
  }

  LayerCuts(Problem problem) {
    this.problem = problem;
    this.cost = new PipelineCost(problem);
    this.cuts = problem.cuts;
    this.best = new double[cuts.length];
    this.next = new double[cuts.length];
    this.queue = new int[cuts.length];
    this.queued = new double[cuts.length];
    this.firstFitting = new int[problem.size()][];
  }

  /** How many (stage, cut) pairs were looked at since the last reset. */
  long work() {
    return work;
  }

  void resetWork() {
    work = 0;
  }

  /** The best layout with all these nodes in this order; empty if the layers don't fit so. */
  Optional<Layout> best(int... order) {
    return better(order, Double.POSITIVE_INFINITY);
  }

  /** A layout whose rounds are not much longer than the best one's, sooner. */
  Optional<Layout> nearlyBest(int... order) {
    return better(order, Double.POSITIVE_INFINITY, ROUGH);
  }

  /**
   * The best layout with all these nodes in this order if its rounds are shorter than this.
   * Otherwise, which is found out soon, one that need not be the best, or none.
   */
  Optional<Layout> better(int[] order, double withinSeconds) {
    return better(order, withinSeconds, FINE);
  }

  private Optional<Layout> better(int[] order, double withinSeconds, double tolerance) {
    if (order.length > cuts.length - 1) {
      return Optional.empty();
    }
    int groups = problem.groups(order.length);
    // Rounds are longer than that, or no stage is busier: then this way is the shortest.
    int[] ends = cut(order, groups == 1 ? UNLIMITED : busy(order.length, withinSeconds / groups));
    if (ends.length == 0) {
      return Optional.empty();
    }
    Layout layout = layout(order, ends);
    return Optional.of(
        groups == 1 || layout.roundSeconds() >= withinSeconds
            ? layout
            : balanced(layout, tolerance));
  }

  /** Allows the busiest stage less and less, for as long as that makes rounds shorter. */
  private Layout balanced(Layout start, double tolerance) {
    int[] order = start.order();
    int groups = problem.groups(order.length);
    Layout best = start;
    double low = 0;
    double high = start.roundSeconds() / groups;
    for (int i = 0; i < BISECTIONS && low < high * (1 - tolerance); i++) {
      double limit = (low + high) / 2;
      int[] ends = cut(order, busy(order.length, limit));
      if (ends.length == 0) {
        low = limit;
        continue;
      }
      Layout layout = layout(order, ends);
      if (layout.roundSeconds() < best.roundSeconds()) {
        best = layout;
      }
      if (layout.roundSeconds() > groups * limit * (1 + 1e-9)) {
        // The way is what counts: a tighter limit makes it longer.
        low = limit;
      } else {
        high = limit;
      }
    }
    return best;
  }

  /** No stage is to be busier than this with tokens. */
  private Limit busy(int stages, double limitSeconds) {
    int batch = problem.batch(stages);
    double head = problem.model.headLayers();
    return (node, end) -> limitSeconds / problem.layerSeconds(node, batch) - (end ? head : 0);
  }

  /**
   * Of the layouts on the same nodes that keep a lone stream waiting hardly longer, the one whose
   * busiest stage has the least to do for a prompt, whose slices follow each other at its pace. To
   * the tokens of a lone stream, cuts between equal machines are all the same, and between those
   * that were measured to be nearly equal almost: the faster one would get nearly all layers for
   * what the next measurement may turn round, and read prompts alone.
   */
  Layout levelled(Layout best) {
    int[] order = best.order();
    double allowed = best.roundSeconds() * LEVELLING;
    Layout level = best;
    double low = 0;
    double high = problem.layers * Arrays.stream(order).mapToDouble(problem::prefillSeconds).sum();
    for (int i = 0; i < BISECTIONS && low < high * (1 - FINE); i++) {
      double limit = (low + high) / 2;
      int[] ends = cut(order, (node, _) -> limit / problem.prefillSeconds(node));
      Layout layout = ends.length == 0 ? best : layout(order, ends);
      if (ends.length > 0 && layout.roundSeconds() <= allowed) {
        level = layout;
        high = limit;
      } else {
        low = limit;
      }
    }
    return level;
  }

  private Layout layout(int[] order, int[] ends) {
    return new Layout(order.clone(), ends, cost.roundSeconds(order, ends, problem.streams));
  }

  /** The ends that make the way shortest with no stage beyond its limit; empty if none. */
  private int[] cut(int[] order, Limit limit) {
    int stages = order.length;
    int last = cuts.length - 1;
    int batch = problem.batch(stages);
    work += (long) stages * cuts.length;
    if (cameFrom.length < stages) {
      cameFrom = new int[stages][cuts.length];
    }
    Arrays.fill(best, Double.POSITIVE_INFINITY);
    best[0] = 0;
    for (int stage = 0; stage < stages; stage++) {
      double step = problem.layerSeconds(order[stage], batch);
      Arrays.fill(next, Double.POSITIVE_INFINITY);
      if (stage == stages - 1) {
        extendToEnd(order[stage], step, limit.layers(order[stage], true), cameFrom[stage]);
      } else {
        extend(order[stage], step, limit.layers(order[stage], false), cameFrom[stage]);
      }
      double[] swap = best;
      best = next;
      next = swap;
    }
    return best[last] == Double.POSITIVE_INFINITY ? new int[0] : trace(stages);
  }

  private void extend(int node, double step, double mostLayers, int[] from) {
    int[] fitting = firstFitting(node);
    int head = 0;
    int tail = 0;
    int low = 0;
    for (int cut = 1; cut < cuts.length - 1; cut++) {
      double value = best[cut - 1] - step * cuts[cut - 1];
      if (value != Double.POSITIVE_INFINITY) {
        while (tail > head && queued[tail - 1] >= value) {
          tail--;
        }
        queued[tail] = value;
        queue[tail++] = cut - 1;
      }
      low = Math.max(low, fitting[cut]);
      while (low < cut && cuts[cut] - cuts[low] > mostLayers) {
        low++;
      }
      while (head < tail && queue[head] < low) {
        head++;
      }
      if (head < tail) {
        next[cut] = queued[head] + step * cuts[cut];
        from[cut] = queue[head];
      }
    }
  }

  private void extendToEnd(int node, double step, double mostLayers, int[] from) {
    int end = cuts.length - 1;
    for (int cut = firstFitting(node)[end]; cut < end; cut++) {
      int layers = problem.layers - cuts[cut];
      double value = best[cut] + step * layers;
      if (layers <= mostLayers && value < next[end]) {
        next[end] = value;
        from[end] = cut;
      }
    }
  }

  private int[] firstFitting(int node) {
    int[] known = firstFitting[node];
    if (known == null) {
      known = new int[cuts.length];
      int from = 0;
      for (int to = 1; to < cuts.length; to++) {
        while (from < to && !problem.fits(node, cuts[from], cuts[to])) {
          from++;
        }
        known[to] = from;
      }
      firstFitting[node] = known;
    }
    return known;
  }

  private int[] trace(int stages) {
    int[] ends = new int[stages];
    int cut = cuts.length - 1;
    for (int stage = stages - 1; stage >= 0; stage--) {
      ends[stage] = cuts[cut];
      cut = cameFrom[stage][cut];
    }
    return ends;
  }
}
