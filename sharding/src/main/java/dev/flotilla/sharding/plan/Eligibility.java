package dev.flotilla.sharding.plan;

import dev.flotilla.sharding.plan.Rejection.Reason;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/** Which nodes the constraints allow, and why not the others. */
final class Eligibility {
  private final List<NodeProfile> nodes = new ArrayList<>();
  private final List<NodeProfile> reserve = new ArrayList<>();
  private final List<Rejection> rejections = new ArrayList<>();
  private boolean meetsPins = true;

  private Eligibility() {}

  static Eligibility of(Topology topology, ModelShape model, Constraints constraints) {
    Eligibility eligibility = new Eligibility();
    Problem rooms = new Problem(topology, topology.nodes(), model, constraints);
    RelaxedCost relaxed = new RelaxedCost(rooms, true);
    Set<String> unmet = new TreeSet<>(constraints.pinned());
    for (int node = 0; node < rooms.size(); node++) {
      NodeProfile profile = rooms.nodes.get(node);
      Optional<Rejection> rejection =
          relaxed.isUseful(node)
              ? reject(profile, constraints)
              : reject(profile, constraints).or(() -> Optional.of(noRoom(profile, rooms)));
      if (rejection.isPresent()) {
        eligibility.rejections.add(rejection.get());
      } else {
        eligibility.admit(profile, constraints);
        unmet.remove(profile.nodeId());
      }
    }
    eligibility.checkPins(topology, unmet);
    return eligibility;
  }

  private void admit(NodeProfile node, Constraints constraints) {
    boolean last =
        constraints.batteryLast()
            && node.power() == PowerSource.BATTERY
            && !constraints.pinned().contains(node.nodeId());
    (last ? reserve : nodes).add(node);
  }

  private static Optional<Rejection> reject(NodeProfile node, Constraints constraints) {
    String id = node.nodeId();
    if (constraints.excluded().contains(id)) {
      return Optional.of(new Rejection(id, Reason.EXCLUDED, "it is excluded"));
    }
    if (!node.roles().containsAll(constraints.roles())) {
      Set<NodeRole> missing = new TreeSet<>(constraints.roles());
      missing.removeAll(node.roles());
      return Optional.of(new Rejection(id, Reason.ROLE, "it lacks the roles " + missing));
    }
    return Rejection.unlabelled(id, node.labels(), constraints.labels());
  }

  private static Rejection noRoom(NodeProfile node, Problem problem) {
    long least = Long.MAX_VALUE;
    for (int cut = 1; cut < problem.cuts.length; cut++) {
      Plan.MemoryNeed need = problem.need(problem.cuts[cut - 1], problem.cuts[cut]);
      least = Math.min(least, need.totalBytes());
    }
    return new Rejection(
        node.nodeId(),
        Reason.MEMORY,
        "the smallest stage needs %s, it lends %s"
            .formatted(Bytes.text(least), Bytes.text(node.memory().usableBytes())));
  }

  private void checkPins(Topology topology, Set<String> unmet) {
    Set<String> known = new HashSet<>();
    topology.nodes().forEach(node -> known.add(node.nodeId()));
    for (String id : unmet) {
      meetsPins = false;
      if (!known.contains(id)) {
        rejections.add(new Rejection(id, Reason.UNKNOWN_NODE, "it is pinned, and not there"));
      }
    }
  }

  /** Nodes to plan with. */
  List<NodeProfile> nodes() {
    return nodes;
  }

  /** Nodes to be added if there is no plan without them. */
  List<NodeProfile> reserve() {
    return reserve;
  }

  List<Rejection> rejections() {
    return rejections;
  }

  /** Whether every pinned node is allowed. */
  boolean canMeetPins() {
    return meetsPins;
  }

  /** Says that the reserve was not needed. */
  void rejectReserve() {
    reserve.forEach(node ->
        rejections.add(
            new Rejection(node.nodeId(), Reason.BATTERY, "it runs on battery, and is not needed")));
  }
}
