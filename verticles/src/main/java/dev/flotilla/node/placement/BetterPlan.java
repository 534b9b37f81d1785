package dev.flotilla.node.placement;

import dev.flotilla.gguf.LayerRange;
import dev.flotilla.node.placement.Change.Move;
import dev.flotilla.node.placement.Change.Recut;
import dev.flotilla.sharding.plan.Constraints;
import dev.flotilla.sharding.plan.Link;
import dev.flotilla.sharding.plan.ModelShape;
import dev.flotilla.sharding.plan.NodeProfile;
import dev.flotilla.sharding.plan.Planner;
import dev.flotilla.sharding.plan.PowerSource;
import dev.flotilla.sharding.plan.Topology;
import dev.flotilla.tokens.NodeId;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * How a pipeline that runs could be changed, and what that would do for the rate of an answer: with
 * workers that have come since, or on ways that are faster than the planner knew. Only between
 * machines that are measured, and not from the mains to a battery. Pure.
 *
 * @param topology the head and the workers that may take stages, with the memory they have left
 *     beside the stages that run
 * @param constraints that the pipeline was planned with
 */
record BetterPlan(Topology topology, ModelShape model, Constraints constraints) {
  /** A model that is cut is not made whole again: it is cut since it has no room here. */
  private static final int FEWEST_STAGES = 2;

  /** As things are now. */
  static BetterPlan of(Head head, ShardedModel model) {
    return new BetterPlan(
        Seats.topology(head, model), model.shape(), model.constraints(head.id().hex()));
  }

  /**
   * All changes that are possible, be they for the better or not.
   *
   * @param stages that run, in order; the first one is the head's, and stays there
   */
  List<Change> changes(List<Seat> stages) {
    return Stream.<Change>concat(moves(stages), recut(stages).stream()).toList();
  }

  /** Moves of one stage, to workers that have none. */
  private Stream<Move> moves(List<Seat> stages) {
    if (!areMeasured(stages)) {
      return Stream.empty();
    }
    Map<String, NodeProfile> machines = machines();
    Set<String> busy = nodes(stages);
    double tokenSeconds = tokenSeconds(stages);
    return stages.stream()
        .skip(1)
        .flatMap(seat ->
            machines.values().stream()
                .filter(machine -> !busy.contains(machine.nodeId()))
                .filter(this::isMeasured)
                .filter(machine -> machine.memory().usableBytes() >= seat.memoryBytes())
                .filter(machine -> staysPowered(machines.get(seat.worker().hex()), machine))
                .map(machine -> move(stages, seat, machine, tokenSeconds)));
  }

  private Move move(List<Seat> stages, Seat seat, NodeProfile to, double tokenSeconds) {
    Seat there = seat.at(new NodeId(to.nodeId()));
    List<Seat> then = stages.stream().map(each -> each.equals(seat) ? there : each).toList();
    return new Move(seat, there, tokenSeconds / tokenSeconds(then));
  }

  /** The best plan that there is room for while the pipeline runs on. */
  private Optional<Recut> recut(List<Seat> stages) {
    if (!areMeasured(stages) || constraints.maxNodes() < FEWEST_STAGES) {
      return Optional.empty();
    }
    Constraints cut =
        constraints.withNodes(
            Math.max(FEWEST_STAGES, constraints.minNodes()), constraints.maxNodes());
    return Planner.plan(usable(stages), model, cut)
        .best()
        .map(Seats::of)
        .filter(seats -> seats.getFirst().worker().equals(stages.getFirst().worker()))
        .map(seats -> new Recut(seats, speedup(stages, seats)));
  }

  /**
   * How many times the rate of an answer would be what it is; NaN unless all of them are measured.
   *
   * @param now the stages that run
   * @param then others of the same model
   */
  double speedup(List<Seat> now, List<Seat> then) {
    return areMeasured(now) && areMeasured(then)
        ? tokenSeconds(now) / tokenSeconds(then)
        : Double.NaN;
  }

  /** What is measured, without batteries that no stage is on. */
  private Topology usable(List<Seat> stages) {
    UsableMachines usable = new UsableMachines(model, nodes(stages));
    List<NodeProfile> machines =
        topology.nodes().stream()
            .filter(
                machine -> usable.include(machine.nodeId(), machine.power(), machine.layerCosts()))
            .toList();
    Set<String> ids = machines.stream().map(NodeProfile::nodeId).collect(Collectors.toSet());
    List<Link> links =
        topology.links().stream()
            .filter(link -> ids.contains(link.from()) && ids.contains(link.to()))
            .toList();
    return new Topology(machines, links);
  }

  private Map<String, NodeProfile> machines() {
    return topology.nodes().stream()
        .collect(Collectors.toMap(NodeProfile::nodeId, Function.identity()));
  }

  private static Set<String> nodes(List<Seat> stages) {
    return stages.stream().map(seat -> seat.worker().hex()).collect(Collectors.toSet());
  }

  /** Whether there are stages, each at a machine of its own that is known. */
  private boolean areMeasured(List<Seat> stages) {
    Map<String, NodeProfile> machines = machines();
    Set<String> nodes = nodes(stages);
    return !stages.isEmpty()
        && nodes.size() == stages.size()
        && nodes.stream().map(machines::get).allMatch(this::isMeasured);
  }

  private boolean isMeasured(@Nullable NodeProfile machine) {
    return machine != null && model.isMeasuredIn(machine.layerCosts());
  }

  private static boolean staysPowered(@Nullable NodeProfile from, NodeProfile to) {
    return to.power() != PowerSource.BATTERY
        || Objects.requireNonNull(from).power() == PowerSource.BATTERY;
  }

  private double tokenSeconds(List<Seat> stages) {
    SequencedMap<String, LayerRange> layers = new LinkedHashMap<>();
    stages.forEach(seat -> layers.put(seat.worker().hex(), seat.layers()));
    return Planner.predict(topology, model, constraints, layers).prediction().tokenSeconds();
  }
}
