package dev.flotilla.node.instances;

import dev.flotilla.sharding.plan.Constraints;
import dev.flotilla.sharding.plan.NodeProfile;
import dev.flotilla.sharding.plan.Objective;
import dev.flotilla.sharding.plan.Topology;
import java.util.HashSet;
import java.util.Set;
import java.util.stream.Collectors;

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
 * @param nodes that it may be on
 */
public record PlacementWish(
    String modelId,
    boolean onDemand,
    int most,
    Objective objective,
    int minNodes,
    int maxNodes,
    Set<String> heads,
    NodeChoice nodes) {
  /** The most nodes that can be asked for. */
  public static final int MAX_NODES = 1024;

  /** Pipelines that there may always be. */
  public static final int MANY = 4096;

  public PlacementWish {
    heads = Set.copyOf(heads);
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
        modelId, true, most, Objective.LATENCY, 1, MAX_NODES, heads, NodeChoice.ANY);
  }

  boolean allowsHead(String nodeId) {
    return nodes.allows(nodeId) && (heads.isEmpty() || heads.contains(nodeId));
  }

  /**
   * What a plan must honour that begins at a node, for sessions of the usual size.
   *
   * @param topology that is planned on
   */
  public Constraints constraints(String head, Topology topology) {
    Set<String> in = new HashSet<>(nodes.pinned());
    in.add(head);
    Set<String> out =
        topology.nodes().stream()
            .map(NodeProfile::nodeId)
            .filter(node -> !nodes.allows(node) && !in.contains(node))
            .collect(Collectors.toSet());
    return Constraints.DEFAULT
        .withObjective(objective)
        .withNodes(minNodes, maxNodes)
        .withPinned(in, out)
        .withLabels(nodes.labels());
  }
}
