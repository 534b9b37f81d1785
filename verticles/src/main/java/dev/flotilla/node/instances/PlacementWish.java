package dev.flotilla.node.instances;

import dev.flotilla.sharding.plan.Objective;
import java.util.Set;

/**
 * A pipeline that the swarm is to plan.
 *
 * @param modelId what it is to serve
 * @param objective what it is to be best at
 * @param minNodes stages at least
 * @param maxNodes stages at most
 * @param only nodes that it may be on; empty for all
 * @param excluded nodes that it must not be on
 */
public record PlacementWish(
    String modelId,
    Objective objective,
    int minNodes,
    int maxNodes,
    Set<String> only,
    Set<String> excluded) {
  /** The most nodes that can be asked for. */
  public static final int MAX_NODES = 1024;

  public PlacementWish {
    only = Set.copyOf(only);
    excluded = Set.copyOf(excluded);
    if (minNodes < 1 || maxNodes < minNodes || maxNodes > MAX_NODES) {
      throw new IllegalArgumentException("from %d to %d nodes".formatted(minNodes, maxNodes));
    }
  }

  /** A pipeline of a model wherever it is fastest. */
  public static PlacementWish of(String modelId) {
    return new PlacementWish(modelId, Objective.LATENCY, 1, MAX_NODES, Set.of(), Set.of());
  }

  boolean allows(String nodeId) {
    return !excluded.contains(nodeId) && (only.isEmpty() || only.contains(nodeId));
  }
}
