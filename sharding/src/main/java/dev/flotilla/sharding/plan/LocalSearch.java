package dev.flotilla.sharding.plan;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Finds good pipelines among many nodes: builds several by cheapest insertion, each with another
 * price for a layer without a place, and improves them by inserting, removing, replacing and moving
 * nodes until nothing helps. The nodes are judged by the {@linkplain RelaxedCost relaxed cost};
 * what comes out is cut exactly and improved once more. Deterministic, and bounded in the number of
 * pipelines it looks at.
 */
final class LocalSearch {

  /** What a missing layer, link or node counts once pipelines have been built. */
  private static final double FORBIDDEN_SECONDS = 1e6;

  /** Prices for a missing layer, as quantiles of the nodes' times per layer, and a factor. */
  private static final double[][] PRICES = {{0.1, 1.5}, {0.5, 1.5}, {0.9, 1.5}, {1, 10}};

  /** First nodes that are tried at each price: the fewer, the more nodes there are. */
  private static final int MAX_HEADS = 3;

  private static final int MAX_BUILT_FROM = 100;

  /** Pipelines that are improved, of those built; more if none of them can be cut. */
  private static final int MAX_IMPROVED = 3;

  private static final int MAX_ROUNDS = 10;

  /** Ends of the tour through all nodes that are tried, where no pipeline was found. */
  private static final int MAX_TOURS = 4;

  /** Stages looked at while one pipeline is improved. */
  private static final long MAX_IMPROVE_WORK = 1_000_000;

  /** For each of the pipelines that were built. */
  private static final long MAX_CUT_WORK = 150_000;

  private final Problem problem;
  private final boolean[] pinned;
  private RelaxedCost relaxed;
  private final LayerCuts cuts;
  private final int[] useful;
  private final boolean[] members;
  private long work;

  LocalSearch(Problem problem, boolean[] pinned, LayerCuts cuts) {
    this.problem = problem;
    this.pinned = pinned;
    this.relaxed = new RelaxedCost(problem, false);
    this.cuts = cuts;
    this.useful =
        IntStream.range(0, problem.size())
            .filter(new RelaxedCost(problem, true)::isUseful)
            .toArray();
    this.members = new boolean[problem.size()];
  }

  void search(Ranking ranking) {
    searchRelaxed(ranking);
    if (!ranking.hasPlan() || useful.length <= MAX_BUILT_FROM / 3) {
      // Where room is tight, what need not fit may.
      relaxed = new RelaxedCost(problem, true);
      searchRelaxed(ranking);
    }
    if (!ranking.hasPlan()) {
      pack(ranking);
    }
  }

  /** Where what was built can't be cut: some pipeline that can be, and better ones like it. */
  private void pack(Ranking ranking) {
    int[] tour = IntStream.range(0, problem.size()).filter(node -> pinned[node]).toArray();
    for (int node : useful) {
      if (!pinned[node]) {
        tour = Reordering.insert(tour, node, cheapestPlace(tour, node));
      }
    }
    int[] all = tour;
    IntStream.range(0, all.length)
        .boxed()
        .sorted(Comparator.comparingLong(place -> -problem.roomBytes(all[place])))
        .limit(MAX_TOURS)
        .map(last -> Reordering.rotate(all, last + 1))
        .flatMap(order -> new Packing(problem, pinned, order).order().stream())
        .forEach(order -> finish(order, ranking));
  }

  private void searchRelaxed(Ranking ranking) {
    int[] start = IntStream.range(0, problem.size()).filter(node -> pinned[node]).toArray();
    double[] steps = relaxed.sortedLayerSeconds();
    List<int[]> built = new ArrayList<>();
    for (double[] price : PRICES) {
      double missing = steps[(int) Math.round(price[0] * (steps.length - 1))] * price[1];
      if (start.length > 0) {
        built.add(build(build(start, missing), FORBIDDEN_SECONDS));
      } else {
        for (int head : heads(missing)) {
          built.add(build(build(new int[] {head}, missing), FORBIDDEN_SECONDS));
        }
      }
    }
    built.sort(Comparator.comparingDouble(order -> cost(order, FORBIDDEN_SECONDS)));
    for (int i = 0; i < built.size() && (i < MAX_IMPROVED || !ranking.hasPlan()); i++) {
      finish(improve(built.get(i)), ranking);
    }
    if (start.length == 0) {
      for (int node : useful) {
        cut(new int[] {node}, Double.POSITIVE_INFINITY, ranking);
      }
    }
  }

  /** The nodes that save most at this price for a layer. */
  private int[] heads(double missing) {
    return IntStream.of(useful)
        .boxed()
        .sorted(
            Comparator.comparingDouble(
                node -> -relaxed.usualRoom(node) * (missing - problem.layerSeconds(node, 1))))
        .limit(Math.clamp(MAX_BUILT_FROM / Math.max(1, useful.length), 1, MAX_HEADS))
        .mapToInt(Integer::intValue)
        .toArray();
  }

  /** Inserts what lowers the cost most, for as long as something does. */
  private int[] build(int[] start, double missing) {
    int[] order = start;
    double cost = cost(order, missing);
    while (order.length < Math.min(problem.constraints.maxNodes(), useful.length)) {
      int[] best = order;
      mark(order, true);
      for (int node : useful) {
        if (!members[node]) {
          int[] longer = Reordering.insert(order, node, cheapestPlace(order, node));
          members[node] = true;
          double longerCost = costOfMarked(longer, missing, cost);
          members[node] = false;
          if (longerCost < cost) {
            cost = longerCost;
            best = longer;
          }
        }
      }
      mark(order, false);
      if (best.length == order.length) {
        return order;
      }
      order = best;
    }
    return order;
  }

  private int[] improve(int[] start) {
    int[] order = start;
    work = 0;
    for (int round = 0; round < MAX_ROUNDS && work < MAX_IMPROVE_WORK; round++) {
      int[] better = moveNodes(replaceNodes(removeNodes(build(order, FORBIDDEN_SECONDS))));
      if (cost(better, FORBIDDEN_SECONDS) >= cost(order, FORBIDDEN_SECONDS) * (1 - 1e-9)) {
        return order;
      }
      order = better;
    }
    return order;
  }

  private int[] removeNodes(int[] start) {
    int[] order = start;
    double cost = cost(order, FORBIDDEN_SECONDS);
    for (int stage = 0; stage < order.length && order.length > 1; stage++) {
      if (!pinned[order[stage]]) {
        int[] shorter = Reordering.remove(order, stage);
        double shorterCost = cost(shorter, FORBIDDEN_SECONDS);
        if (shorterCost < cost) {
          cost = shorterCost;
          order = shorter;
          stage = -1;
        }
      }
    }
    return order;
  }

  private int[] replaceNodes(int[] start) {
    int[] order = start.clone();
    double cost = cost(order, FORBIDDEN_SECONDS);
    mark(order, true);
    for (int stage = 0; stage < order.length; stage++) {
      for (int node : useful) {
        int old = order[stage];
        if (members[node] || pinned[old]) {
          continue;
        }
        order[stage] = node;
        members[old] = false;
        members[node] = true;
        double changed = costOfMarked(order, FORBIDDEN_SECONDS, cost);
        if (changed < cost) {
          cost = changed;
        } else {
          order[stage] = old;
          members[old] = true;
          members[node] = false;
        }
      }
    }
    mark(order, false);
    return order;
  }

  /** Moves nodes and reverses parts, which changes the links and who is first and last. */
  private int[] moveNodes(int[] start) {
    int[] order = start;
    double links = linkSeconds(order);
    double cost = cost(order, FORBIDDEN_SECONDS);
    mark(order, true);
    for (int stage = 0; stage < order.length; stage++) {
      for (int to = 0; to < order.length; to++) {
        int[] moved = Reordering.insert(Reordering.remove(order, stage), order[stage], to);
        int[] turned = Reordering.reverse(order, stage, to);
        double movedLinks = linkSeconds(moved);
        double turnedLinks = linkSeconds(turned);
        int[] other = movedLinks <= turnedLinks ? moved : turned;
        boolean sameEnds =
            other[0] == order[0] && other[other.length - 1] == order[order.length - 1];
        if (sameEnds && Math.min(movedLinks, turnedLinks) >= links) {
          continue;
        }
        double otherCost = costOfMarked(other, FORBIDDEN_SECONDS, cost);
        if (otherCost < cost) {
          order = other;
          cost = otherCost;
          links = Math.min(movedLinks, turnedLinks);
        }
      }
    }
    mark(order, false);
    return order;
  }

  /** Cuts a pipeline exactly, and goes on to its best neighbour for as long as one is better. */
  private void finish(int[] start, Ranking ranking) {
    cuts.resetWork();
    int[] order = start;
    double seconds = cut(order, Double.POSITIVE_INFINITY, ranking);
    boolean improved = true;
    while (improved) {
      improved = false;
      Iterator<int[]> neighbours = neighbours(order);
      while (neighbours.hasNext()) {
        if (cuts.work() > MAX_CUT_WORK) {
          return;
        }
        int[] neighbour = neighbours.next();
        double other = cut(neighbour, seconds, ranking);
        if (other < seconds) {
          seconds = other;
          order = neighbour;
          improved = true;
        }
      }
    }
  }

  /** Pipelines with one node elsewhere, less, more or exchanged, made as they are asked for. */
  private Iterator<int[]> neighbours(int[] order) {
    mark(order, true);
    int[] others = IntStream.of(useful).filter(node -> !members[node]).toArray();
    mark(order, false);
    Stream<int[]> changed =
        IntStream.range(0, order.length).boxed().flatMap(stage -> withoutOrElsewhere(order, stage));
    Stream<int[]> joined = IntStream.of(others).boxed().flatMap(node -> withOrInstead(order, node));
    return Stream.concat(changed, joined).iterator();
  }

  private Stream<int[]> withoutOrElsewhere(int[] order, int stage) {
    int[] shorter = Reordering.remove(order, stage);
    Stream<int[]> elsewhere =
        IntStream.range(0, order.length)
            .filter(to -> to != stage)
            .mapToObj(to -> Reordering.insert(shorter, order[stage], to));
    return pinned[order[stage]] || order.length == 1
        ? elsewhere
        : Stream.concat(elsewhere, Stream.of(shorter));
  }

  private Stream<int[]> withOrInstead(int[] order, int node) {
    Stream<int[]> instead =
        IntStream.range(0, order.length)
            .filter(stage -> !pinned[order[stage]])
            .mapToObj(stage -> Reordering.remove(order, stage));
    return Stream.concat(Stream.of(order), instead)
        .map(without -> Reordering.insert(without, node, cheapestPlace(without, node)));
  }

  /** What a pipeline takes when it is cut, exactly if that is less than this. */
  private double cut(int[] order, double withinSeconds, Ranking ranking) {
    if (order.length < problem.constraints.minNodes()
        || order.length > problem.constraints.maxNodes()) {
      return Double.POSITIVE_INFINITY;
    }
    Optional<Layout> layout = cuts.better(order, withinSeconds);
    layout.ifPresent(ranking::add);
    return layout.map(Layout::roundSeconds).orElse(Double.POSITIVE_INFINITY);
  }

  private int cheapestPlace(int[] order, int node) {
    int best = 0;
    double least = Double.POSITIVE_INFINITY;
    int length = order.length;
    for (int place = 0; place <= length && length > 0; place++) {
      int before = order[(place + length - 1) % length];
      int after = order[place % length];
      double detour = hop(before, node) + hop(node, after) - hop(before, after);
      if (detour < least) {
        least = detour;
        best = place;
      }
    }
    return best;
  }

  private double hop(int from, int to) {
    return Math.min(problem.tokenHopSeconds(from, to), FORBIDDEN_SECONDS);
  }

  private double cost(int[] order, double missing) {
    mark(order, true);
    double cost = costOfMarked(order, missing);
    mark(order, false);
    return cost;
  }

  private double costOfMarked(int[] order, double missing) {
    return costOfMarked(order, missing, Double.POSITIVE_INFINITY);
  }

  /** The same, exactly if it is less than this. */
  private double costOfMarked(int[] order, double missing, double within) {
    if (order.length == 0) {
      return Double.MAX_VALUE;
    }
    int tooFew = Math.max(0, problem.constraints.minNodes() - order.length);
    int last = order[order.length - 1];
    return relaxed.roundSeconds(
            members, order.length, order[0], last, linkSeconds(order), missing, within)
        + tooFew * FORBIDDEN_SECONDS;
  }

  private double linkSeconds(int[] order) {
    work += order.length;
    double seconds =
        Math.min(problem.returnSeconds(order[order.length - 1], order[0]), FORBIDDEN_SECONDS);
    for (int stage = 1; stage < order.length; stage++) {
      seconds += hop(order[stage - 1], order[stage]);
    }
    return seconds;
  }

  private void mark(int[] order, boolean member) {
    for (int node : order) {
      members[node] = member;
    }
  }
}
