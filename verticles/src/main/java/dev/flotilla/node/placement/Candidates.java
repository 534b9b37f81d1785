package dev.flotilla.node.placement;

import dev.flotilla.node.lending.WorkerOffer;
import dev.flotilla.sharding.store.StageKey;
import dev.flotilla.tokens.NodeId;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Who may take a stage. Pure. */
final class Candidates {
  private Candidates() {}

  /** The offers of workers that stages of this version can be linked with, and that stay. */
  static boolean isUsable(WorkerOffer offer, String version) {
    return !offer.draining() && offer.version().equals(version);
  }

  /**
   * Workers that may take a stage, the best first: one that has none of this pipeline yet, then one
   * that has the slice on disk, then the one with the most free memory.
   *
   * @param offers what is lent
   * @param busy workers that have a stage of the pipeline already
   * @param avoided workers that must not take it
   */
  static List<NodeId> ranked(
      Map<NodeId, WorkerOffer> offers,
      StageKey slice,
      long memoryBytes,
      String version,
      Set<NodeId> busy,
      Set<NodeId> avoided) {
    return offers.entrySet().stream()
        .filter(entry -> !avoided.contains(entry.getKey()))
        .filter(entry -> isUsable(entry.getValue(), version))
        .filter(entry -> entry.getValue().freeBytes() >= memoryBytes)
        .sorted(
            Comparator.comparing(
                    (Map.Entry<NodeId, WorkerOffer> entry) -> busy.contains(entry.getKey()))
                .thenComparing(entry -> !entry.getValue().slices().contains(slice))
                .thenComparingLong(entry -> -entry.getValue().freeBytes())
                .thenComparing(entry -> entry.getKey().hex()))
        .map(Map.Entry::getKey)
        .toList();
  }
}
