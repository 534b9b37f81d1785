package dev.flotilla.node.instances;

import dev.flotilla.sharding.plan.Objective;
import java.util.Set;

/**
 * A pipeline that the swarm is to plan.
 *
 * @param modelId what it is to serve
 * @param onDemand whether it may be taken down again for want of requests
 * @param most pipelines that the model may have with it: more are refused
 * @param objective what it is to be best at
 * @param minNodes stages at least
 * @param maxNodes stages at most
 * @param heads nodes that may drive it; empty for all
 * @param only nodes that it may be on; empty for all
 * @param excluded nodes that it must not be on
 */
public record PlacementWish(
    String modelId,
    boolean onDemand,
    int most,
    Objective objective,
    int minNodes,
    int maxNodes,
    Set<String> heads,
    Set<String> only,
    Set<String> excluded) {
  /** The most nodes that can be asked for. */
  public static final int MAX_NODES = 1024;

  /** Pipelines that there may always be. */
  public static final int MANY = 4096;

  public PlacementWish {
    heads = Set.copyOf(heads);
    only = Set.copyOf(only);
    excluded = Set.copyOf(excluded);
    if (minNodes < 1 || maxNodes < minNodes || maxNodes > MAX_NODES) {
      throw new IllegalArgumentException("from %d to %d nodes".formatted(minNodes, maxNodes));
    }
  }

  /**
   * A pipeline of a model wherever it is fastest, as long as there are requests.
   *
   * @param heads nodes that may drive it; empty for all
   */
  public static PlacementWish onDemand(String modelId, int most, Set<String> heads) {
    return new PlacementWish(
        modelId, true, most, Objective.LATENCY, 1, MAX_NODES, heads, Set.of(), Set.of());
  }

  boolean allowsHead(String nodeId) {
    return allows(nodeId) && (heads.isEmpty() || heads.contains(nodeId));
  }

  boolean allows(String nodeId) {
    return !excluded.contains(nodeId) && (only.isEmpty() || only.contains(nodeId));
  }
}
