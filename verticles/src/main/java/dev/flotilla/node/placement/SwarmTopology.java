package dev.flotilla.node.placement;

import dev.flotilla.node.lending.WorkerOffer;
import dev.flotilla.sharding.plan.Link;
import dev.flotilla.sharding.plan.NodeProfile;
import dev.flotilla.sharding.plan.NodeRole;
import dev.flotilla.sharding.plan.PowerSource;
import dev.flotilla.sharding.plan.Topology;
import dev.flotilla.tokens.NodeId;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * What a head knows of its swarm, as the planner takes it: what workers offer, on machines and ways
 * as they were measured. Pure.
 */
public final class SwarmTopology {
  /** A fast Ethernet's, where nothing is measured yet. */
  private static final double ASSUMED_BYTES_PER_SECOND = 1e8;

  private static final double ASSUMED_ROUND_TRIP_SECONDS = 0.001;
  private static final double ASSUMED_CONFIDENCE = 0.5;

  /**
   * To the head only tokens go, never activations: it drives the pipeline, so it is its first
   * stage.
   */
  private static final double NO_ACTIVATIONS = 1e-6;

  private final NodeId head;
  private final Map<String, NodeProfile> machines;
  private final Map<Way, Link> ways;

  private record Way(String from, String to) {}

  private SwarmTopology(NodeId head, Topology measured) {
    this.head = head;
    this.machines =
        measured.nodes().stream()
            .collect(Collectors.toMap(NodeProfile::nodeId, Function.identity()));
    this.ways =
        measured.links().stream()
            .collect(
                Collectors.toMap(link -> new Way(link.from(), link.to()), Function.identity()));
  }

  /**
   * The head and all usable workers.
   *
   * @param headBytes memory that the head's own stage may take
   * @param measured what is known of the machines and the ways between them, be it nothing
   */
  public static Topology of(
      NodeId head,
      long headBytes,
      int headCores,
      Map<NodeId, WorkerOffer> offers,
      String version,
      Topology measured) {
    return new SwarmTopology(head, measured).with(headBytes, headCores, offers, version);
  }

  private Topology with(
      long headBytes, int headCores, Map<NodeId, WorkerOffer> offers, String version) {
    List<NodeProfile> nodes = new ArrayList<>(List.of(profile(head, headBytes, headCores)));
    List<NodeId> workers = new ArrayList<>();
    offers.forEach((worker, offer) -> {
      if (!worker.equals(head) && Candidates.isUsable(offer, version)) {
        workers.add(worker);
        nodes.add(profile(worker, offer.freeBytes(), offer.threads()));
      }
    });
    List<Link> links = new ArrayList<>();
    for (NodeId from : workers) {
      links.add(link(head, from));
      links.add(back(from));
      workers.stream().filter(to -> !to.equals(from)).forEach(to -> links.add(link(from, to)));
    }
    return new Topology(nodes, links);
  }

  private NodeProfile profile(NodeId node, long bytes, int cores) {
    Optional<NodeProfile> machine = Optional.ofNullable(machines.get(node.hex()));
    return new NodeProfile(
        node.hex(),
        new NodeProfile.Memory(bytes, bytes, bytes),
        cores,
        machine.map(NodeProfile::power).orElse(PowerSource.UNKNOWN),
        machine.map(NodeProfile::labels).orElse(Map.of()),
        Set.of(NodeRole.WORKER),
        machine.map(NodeProfile::layerCosts).orElse(Map.of()));
  }

  private Link link(NodeId from, NodeId to) {
    Link measured = ways.get(new Way(from.hex(), to.hex()));
    return measured != null
        ? measured
        : new Link(
            from.hex(),
            to.hex(),
            assumedSeconds(from, to),
            ASSUMED_BYTES_PER_SECOND,
            0,
            0,
            ASSUMED_CONFIDENCE);
  }

  /** As if by way of the head: the most that it can be where that way is open. */
  private double assumedSeconds(NodeId from, NodeId to) {
    return roundTripSeconds(from) + roundTripSeconds(to);
  }

  private double roundTripSeconds(NodeId node) {
    if (node.equals(head)) {
      return 0;
    }
    Link measured = ways.get(new Way(head.hex(), node.hex()));
    return measured == null ? ASSUMED_ROUND_TRIP_SECONDS : measured.rttSeconds();
  }

  private Link back(NodeId worker) {
    Link way = link(worker, head);
    return new Link(
        way.from(),
        way.to(),
        way.rttSeconds(),
        NO_ACTIVATIONS,
        way.loss(),
        way.ageSeconds(),
        way.confidence());
  }
}
