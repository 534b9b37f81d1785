package dev.flotilla.node.placement;

import dev.flotilla.gguf.LayerRange;
import dev.flotilla.sharding.plan.Constraints;
import dev.flotilla.sharding.plan.ModelShape;
import dev.flotilla.sharding.plan.NodeProfile;
import dev.flotilla.sharding.plan.Planner;
import dev.flotilla.sharding.plan.PowerSource;
import dev.flotilla.sharding.plan.Topology;
import dev.flotilla.tokens.NodeId;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Finds the stage of a running pipeline that would do most for the rate of an answer elsewhere: at
 * a worker that has come since, or on a way that is faster than the planner knew. Pure.
 *
 * @param topology the head and the workers that may take stages, with the memory they have left
 * @param constraints that the pipeline was planned with
 */
record BetterSeat(Topology topology, ModelShape model, Constraints constraints) {

  /**
   * A stage that might move.
   *
   * @param speedup how many times the rate of an answer would be what it is
   */
  record Move(Seat from, Seat to, double speedup) {}

  /**
   * The best move. Only between machines that are measured, not to one that has a stage already,
   * and not from the mains to a battery.
   *
   * @param own the head's stage, which stays
   * @param others the stages after it, in order
   */
  Optional<Move> find(Seat own, List<Seat> others) {
    Map<String, NodeProfile> machines =
        topology.nodes().stream()
            .collect(Collectors.toMap(NodeProfile::nodeId, Function.identity()));
    SequencedMap<String, LayerRange> now = new LinkedHashMap<>();
    now.put(own.worker().hex(), own.layers());
    others.forEach(seat -> now.put(seat.worker().hex(), seat.layers()));
    boolean known =
        now.size() == others.size() + 1
            && now.keySet().stream().map(machines::get).allMatch(this::isMeasured);
    if (!known) {
      return Optional.empty();
    }
    double tokenSeconds = tokenSeconds(now);
    return others.stream()
        .flatMap(seat ->
            machines.values().stream()
                .filter(machine -> !now.containsKey(machine.nodeId()))
                .filter(this::isMeasured)
                .filter(machine -> machine.memory().usableBytes() >= seat.memoryBytes())
                .filter(machine -> staysPowered(machines.get(seat.worker().hex()), machine))
                .map(machine -> move(seat, machine, now, tokenSeconds)))
        .max(Comparator.comparingDouble(Move::speedup));
  }

  private boolean isMeasured(@Nullable NodeProfile machine) {
    return machine != null && machine.layerCosts().containsKey(model.costKey());
  }

  private static boolean staysPowered(@Nullable NodeProfile from, NodeProfile to) {
    return to.power() != PowerSource.BATTERY
        || Objects.requireNonNull(from).power() == PowerSource.BATTERY;
  }

  private Move move(
      Seat seat, NodeProfile to, SequencedMap<String, LayerRange> now, double tokenSeconds) {
    SequencedMap<String, LayerRange> then = new LinkedHashMap<>();
    now.forEach(
        (node, layers) -> then.put(node.equals(seat.worker().hex()) ? to.nodeId() : node, layers));
    return new Move(seat, seat.at(new NodeId(to.nodeId())), tokenSeconds / tokenSeconds(then));
  }

  private double tokenSeconds(SequencedMap<String, LayerRange> stages) {
    return Planner.predict(topology, model, constraints, stages).prediction().tokenSeconds();
  }
}
