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
import java.util.OptionalDouble;
import java.util.Set;
import java.util.function.Function;

/** What a head knows of its swarm, as the planner takes it. Pure. */
final class SwarmTopology {
  /** A fast Ethernet link's; nothing is measured yet. */
  private static final double ASSUMED_BYTES_PER_SECOND = 1e8;

  private static final double ASSUMED_ROUND_TRIP_MILLIS = 1;
  private static final double CONFIDENCE = 0.5;

  /**
   * To the head only tokens go, never activations: it drives the pipeline, so it is its first
   * stage.
   */
  private static final double NO_ACTIVATIONS = 1e-6;

  private SwarmTopology() {}

  /**
   * The head and all usable workers.
   *
   * @param headBytes memory that the head's own stage may take
   * @param roundTrips from the head to a worker and back, in milliseconds
   */
  static Topology of(
      NodeId head,
      long headBytes,
      int headCores,
      Map<NodeId, WorkerOffer> offers,
      String version,
      Function<NodeId, OptionalDouble> roundTrips) {
    List<NodeProfile> nodes = new ArrayList<>();
    nodes.add(profile(head, headBytes, headCores));
    List<NodeId> workers = new ArrayList<>();
    offers.forEach((worker, offer) -> {
      if (!worker.equals(head) && Candidates.isUsable(offer, version)) {
        workers.add(worker);
        nodes.add(profile(worker, offer.freeBytes(), offer.threads()));
      }
    });
    List<Link> links = new ArrayList<>();
    for (NodeId from : workers) {
      double millis = millis(roundTrips, from);
      links.add(link(head, from, millis, ASSUMED_BYTES_PER_SECOND));
      links.add(link(from, head, millis, NO_ACTIVATIONS));
      for (NodeId to : workers) {
        if (!from.equals(to)) {
          // As if by way of the head: the most that it can be where that way is open.
          double most = millis + millis(roundTrips, to);
          links.add(link(from, to, most, ASSUMED_BYTES_PER_SECOND));
        }
      }
    }
    return new Topology(nodes, links);
  }

  private static double millis(Function<NodeId, OptionalDouble> roundTrips, NodeId node) {
    return roundTrips.apply(node).orElse(ASSUMED_ROUND_TRIP_MILLIS);
  }

  private static NodeProfile profile(NodeId node, long bytes, int cores) {
    return new NodeProfile(
        node.hex(),
        new NodeProfile.Memory(bytes, bytes, bytes),
        cores,
        PowerSource.UNKNOWN,
        Map.of(),
        Set.of(NodeRole.WORKER),
        Map.of());
  }

  private static Link link(NodeId from, NodeId to, double millis, double bytesPerSecond) {
    return new Link(from.hex(), to.hex(), millis / 1000, bytesPerSecond, 0, 0, CONFIDENCE);
  }
}
