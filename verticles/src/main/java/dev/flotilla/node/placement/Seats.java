package dev.flotilla.node.placement;

import dev.flotilla.node.lending.WorkerOffer;
import dev.flotilla.sharding.plan.ModelShape;
import dev.flotilla.sharding.plan.NodeProfile;
import dev.flotilla.sharding.plan.Plan;
import dev.flotilla.sharding.plan.PlanReport;
import dev.flotilla.sharding.plan.Planner;
import dev.flotilla.sharding.plan.Rejection;
import dev.flotilla.sharding.plan.Topology;
import dev.flotilla.tokens.NodeId;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** Chooses where the stages of a model begin. */
final class Seats {
  private Seats() {}

  /**
   * All stages, in order; the first one is the head's.
   *
   * @throws NoCapacityException if they can't be anywhere, for now
   */
  static List<Seat> of(Head head, ShardedModel model) throws NoCapacityException {
    return switch (model.plan()) {
      case StagePlan.Planned() -> planned(head, model);
      case StagePlan.Decided(List<Seat> stages) -> decided(head.offers(), head.version(), stages);
    };
  }

  /**
   * Whether nothing is left to be measured that could change where stages go: of all machines that
   * may have one it is known how fast they are, or that they are equally fast, or the places are
   * decided, or there is nothing between two cuts that could be tried.
   */
  static boolean areFinal(Head head, ShardedModel model) {
    return switch (model.plan()) {
      case StagePlan.Decided _ -> true;
      case StagePlan.Planned() ->
          model.shape().cuts().size() < 2
              || areMeasured(topology(head, model), model.shape())
              || areEquallyFast(head, topology(head, model));
    };
  }

  private static boolean areMeasured(Topology topology, ModelShape shape) {
    return topology.nodes().stream().allMatch(node -> shape.isMeasuredIn(node.layerCosts()));
  }

  /**
   * How fast they are doesn't matter then: however a model is cut, a token takes the same time in
   * all stages together.
   */
  private static boolean areEquallyFast(Head head, Topology topology) {
    List<NodeId> nodes = topology.nodes().stream().map(node -> new NodeId(node.nodeId())).toList();
    return head.areTwins().test(nodes)
        && topology.nodes().stream().map(NodeProfile::cores).distinct().count() == 1;
  }

  /** The head and the workers that may take stages. */
  static Topology topology(Head head, ShardedModel model) {
    return SwarmTopology.of(
        head.id(),
        head.freeBytes().getAsLong(),
        model.options().threads(),
        head.offers(),
        head.version(),
        head.measured().get());
  }

  private static List<Seat> planned(Head head, ShardedModel model) throws NoCapacityException {
    PlanReport report =
        Planner.plan(topology(head, model), model.shape(), model.constraints(head.id().hex()));
    Plan plan = report.best().orElseThrow(() -> new NoCapacityException(reasons(report)));
    if (!plan.stages().getFirst().nodeId().equals(head.id().hex())) {
      throw new NoCapacityException("no plan begins at this node");
    }
    return of(plan);
  }

  /** The stages of a plan. */
  static List<Seat> of(Plan plan) {
    return plan.stages().stream()
        .map(stage ->
            new Seat(stage.layers(), stage.memory().totalBytes(), new NodeId(stage.nodeId())))
        .toList();
  }

  private static String reasons(PlanReport report) {
    String reasons =
        report.rejections().stream()
            .limit(4)
            .map(Rejection::detail)
            .distinct()
            .collect(Collectors.joining("; "));
    return reasons.isEmpty() ? "too few workers" : reasons;
  }

  static List<Seat> decided(Map<NodeId, WorkerOffer> offers, String version, List<Seat> stages)
      throws NoCapacityException {
    for (Seat stage : stages.subList(1, stages.size())) {
      WorkerOffer offer = offers.get(stage.worker());
      if (offer == null || !Candidates.isUsable(offer, version)) {
        throw new NoCapacityException(
            "node %s, which is to have layers %s, lends nothing now"
                .formatted(stage.worker().shortened(), stage.layers()));
      }
    }
    return stages;
  }

  /** For people. */
  static String described(List<Seat> seats) {
    return seats.stream()
        .map(seat -> "layers %s at %s".formatted(seat.layers(), seat.worker().shortened()))
        .collect(Collectors.joining(", "));
  }
}
