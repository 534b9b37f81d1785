package dev.flotilla.sharding.plan;

import java.util.Map;
import java.util.Set;

/**
 * A node as the planner sees it.
 *
 * @param nodeId its identity
 * @param memory what there is and what it lends
 * @param cores processor cores that engines may use
 * @param power what it runs on
 * @param labels what its owner says about it, {@code room=office} say
 * @param roles what it is willing to do
 * @param layerCosts measured speeds by {@link ModelShape#costKey}
 */
public record NodeProfile(
    String nodeId,
    Memory memory,
    int cores,
    PowerSource power,
    Map<String, String> labels,
    Set<NodeRole> roles,
    Map<String, LayerCost> layerCosts) {

  public NodeProfile {
    if (nodeId.isEmpty() || cores < 1) {
      throw new IllegalArgumentException("node '%s' of %d cores".formatted(nodeId, cores));
    }
    labels = Map.copyOf(labels);
    roles = Set.copyOf(roles);
    layerCosts = Map.copyOf(layerCosts);
  }

  /**
   * Memory that models can be in.
   *
   * @param totalBytes what the machine has
   * @param freeBytes what nothing else uses at the moment; models that the planner may count on
   *     being unloaded count as free
   * @param lentBytes the most that its owner lends to the swarm
   */
  public record Memory(long totalBytes, long freeBytes, long lentBytes) {
    public Memory {
      if (totalBytes < 0 || freeBytes < 0 || lentBytes < 0) {
        throw new IllegalArgumentException(
            "memory of %d, %d, %d bytes".formatted(totalBytes, freeBytes, lentBytes));
      }
    }

    /** What a new stage may take. */
    public long usableBytes() {
      return Math.min(totalBytes, Math.min(freeBytes, lentBytes));
    }
  }
}
