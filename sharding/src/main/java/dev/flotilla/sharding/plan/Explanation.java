package dev.flotilla.sharding.plan;

import dev.flotilla.sharding.plan.Rejection.Reason;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.IntStream;

/** Why allowed nodes are not in the best plan, or why there is none. */
final class Explanation {
  private final Problem problem;
  private final List<Layout> layouts;
  private final LayerCuts cuts;

  Explanation(Problem problem, List<Layout> layouts) {
    this.problem = problem;
    this.layouts = layouts;
    this.cuts = new LayerCuts(problem);
  }

  List<Rejection> rejections() {
    if (layouts.isEmpty()) {
      return List.of(noPlan());
    }
    Layout best = layouts.getFirst();
    List<Rejection> rejections = new ArrayList<>();
    for (int node = 0; node < problem.size(); node++) {
      int candidate = node;
      if (IntStream.of(best.order()).noneMatch(member -> member == candidate)) {
        rejections.add(leftOut(node, best));
      }
    }
    return rejections;
  }

  private Rejection leftOut(int node, Layout best) {
    String id = problem.nodes.get(node).nodeId();
    Optional<Layout> with = bestWith(node, best.order());
    if (with.isPresent()) {
      return new Rejection(
          id,
          Reason.SLOWER,
          String.format(
              Locale.ROOT, "%.2f tokens/s with it, %.2f without", rate(with.get()), rate(best)));
    }
    if (best.order().length >= problem.constraints.maxNodes()) {
      return new Rejection(id, Reason.NODE_COUNT, "there are as many nodes as there may be");
    }
    boolean linked =
        IntStream.of(best.order())
            .anyMatch(member ->
                problem.hopSeconds(member, node, 1) < Double.POSITIVE_INFINITY
                    && problem.hopSeconds(node, member, 1) < Double.POSITIVE_INFINITY);
    return linked
        ? new Rejection(id, Reason.CUT, "no cut gives it a stage beside the others")
        : new Rejection(id, Reason.UNREACHABLE, "it has no link to the others");
  }

  private double rate(Layout layout) {
    return problem.streams / layout.roundSeconds();
  }

  /** The best known plan with the node, or the best plan with it put in somewhere. */
  private Optional<Layout> bestWith(int node, int[] order) {
    for (Layout layout : layouts) {
      if (IntStream.of(layout.order()).anyMatch(member -> member == node)) {
        return Optional.of(layout);
      }
    }
    if (order.length >= problem.constraints.maxNodes()) {
      return Optional.empty();
    }
    return cheapest(node, order)
        .flatMap(cuts::nearlyBest)
        .filter(layout -> layout.roundSeconds() < Double.POSITIVE_INFINITY);
  }

  private Optional<int[]> cheapest(int node, int[] order) {
    Optional<int[]> best = Optional.empty();
    double least = Double.POSITIVE_INFINITY;
    for (int place = 0; place <= order.length; place++) {
      int before = order[Math.floorMod(place - 1, order.length)];
      int after = order[place % order.length];
      double detour =
          problem.hopSeconds(before, node, 1)
              + problem.hopSeconds(node, after, 1)
              - problem.hopSeconds(before, after, 1);
      if (detour < least) {
        least = detour;
        int[] longer = new int[order.length + 1];
        System.arraycopy(order, 0, longer, 0, place);
        longer[place] = node;
        System.arraycopy(order, place, longer, place + 1, order.length - place);
        best = Optional.of(longer);
      }
    }
    return best;
  }

  private Rejection noPlan() {
    int nodes = problem.size();
    long room = IntStream.range(0, nodes).mapToLong(problem::roomBytes).sum();
    long need = problem.need(0, problem.layers).totalBytes();
    String option = problem.model.id();
    if (nodes < problem.constraints.minNodes()) {
      return new Rejection(
          option,
          Reason.NODE_COUNT,
          "it is to run on %d nodes, and %d are allowed"
              .formatted(problem.constraints.minNodes(), nodes));
    }
    if (room < need) {
      return new Rejection(
          option,
          Reason.MEMORY,
          "it needs %s, and %d nodes lend %s together"
              .formatted(Bytes.text(need), nodes, Bytes.text(room)));
    }
    if (problem.cuts.length - 1 < problem.constraints.minNodes()) {
      return new Rejection(
          option,
          Reason.CUT,
          "it can be cut into %d stages at most".formatted(problem.cuts.length - 1));
    }
    return new Rejection(
        option,
        Reason.MEMORY,
        "it needs %s, and no %s of linked nodes lends that in the pieces that it can be cut into"
            .formatted(
                Bytes.text(need),
                problem.constraints.maxNodes() == Integer.MAX_VALUE
                    ? "set"
                    : "set of at most %d".formatted(problem.constraints.maxNodes())));
  }
}
