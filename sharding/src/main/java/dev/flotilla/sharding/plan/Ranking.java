package dev.flotilla.sharding.plan;

import java.util.Arrays;
import java.util.BitSet;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The best layout on each set of nodes. */
final class Ranking {
  private static final Comparator<Layout> ORDER =
      Comparator.comparingDouble(Layout::roundSeconds)
          .thenComparingInt(layout -> layout.order().length)
          .thenComparing(Layout::order, Arrays::compare)
          .thenComparing(Layout::ends, Arrays::compare);

  private final Map<BitSet, Layout> bestOn = new HashMap<>();
  private double bestSeconds = Double.POSITIVE_INFINITY;

  void add(Layout layout) {
    if (layout.roundSeconds() == Double.POSITIVE_INFINITY) {
      return;
    }
    BitSet nodes = new BitSet();
    for (int node : layout.order()) {
      nodes.set(node);
    }
    bestOn.merge(nodes, layout, (old, other) -> ORDER.compare(old, other) <= 0 ? old : other);
    bestSeconds = Math.min(bestSeconds, layout.roundSeconds());
  }

  /** Of the best layout; infinite while there is none. */
  double bestSeconds() {
    return bestSeconds;
  }

  boolean hasPlan() {
    return !bestOn.isEmpty();
  }

  /** At most so many, the best first. */
  List<Layout> best(int count) {
    return bestOn.values().stream().sorted(ORDER).limit(count).toList();
  }
}
