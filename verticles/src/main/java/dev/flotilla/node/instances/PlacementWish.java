package dev.flotilla.node.instances;

import dev.flotilla.federation.state.Placement;
import dev.flotilla.federation.state.Terms;
import dev.flotilla.sharding.plan.Constraints;
import dev.flotilla.sharding.plan.NodeProfile;
import dev.flotilla.sharding.plan.Objective;
import dev.flotilla.sharding.plan.Topology;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
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

  /**
   * One that takes the place of another, asked for as that was.
   *
   * @param heads nodes that may drive it; empty for all
   */
  static PlacementWish inPlaceOf(Placement placement, Terms terms, Set<String> heads) {
    return new PlacementWish(
        placement.modelId(),
        placement.onDemand(),
        MANY,
        terms.throughput() ? Objective.THROUGHPUT : Objective.LATENCY,
        terms.minNodes(),
        Math.min(terms.maxNodes(), MAX_NODES),
        heads,
        new NodeChoice(terms.only(), Set.of(), terms.excluded(), terms.labels()));
  }

  /**
   * What takes its pipeline's place later has to honour; empty if nothing may, as somebody has said
   * where it is to be, or has named very many nodes.
   *
   * @param laterHeads nodes that may drive it then; empty for all
   */
  Optional<Terms> terms(Set<String> laterHeads) {
    boolean remembered = Terms.holds(laterHeads, nodes.only(), nodes.excluded());
    return nodes.pinned().isEmpty() && remembered
        ? Optional.of(
            new Terms(
                objective == Objective.THROUGHPUT,
                minNodes,
                maxNodes,
                new TreeSet<>(laterHeads),
                new TreeSet<>(nodes.only()),
                new TreeSet<>(nodes.excluded()),
                new TreeMap<>(nodes.labels())))
        : Optional.empty();
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
