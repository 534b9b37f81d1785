package dev.flotilla.federation.state;

import dev.flotilla.federation.state.Outcome.Refusal;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** What decisions are made of. Pure. */
final class Rules {
  private Rules() {}

  /**
   * Why stages can't be beside what there is.
   *
   * @param pipelineId whose they are to be
   */
  static Optional<Decision> problem(
      SwarmState state, ModelEntry model, String pipelineId, List<Placement.StageAt> stages) {
    int next = 0;
    Set<String> nodes = new HashSet<>();
    for (Placement.StageAt stage : stages) {
      Member member = state.members().get(stage.nodeId());
      if (member == null) {
        return Optional.of(
            refused(Refusal.UNKNOWN_NODE, "node %s is no member".formatted(stage.nodeId())));
      }
      if (stage.from() != next || !nodes.add(stage.nodeId())) {
        return Optional.of(
            refused(
                Refusal.INVALID_STAGES,
                "the stage of node %s at layer %d".formatted(stage.nodeId(), stage.from())));
      }
      long free = member.lentBytes() - state.placedBytes(stage.nodeId());
      if (stage.memoryBytes() > free) {
        return Optional.of(
            refused(
                Refusal.OVER_COMMITTED,
                "the stage takes %d bytes, node %s has %d left to lend"
                    .formatted(stage.memoryBytes(), stage.nodeId(), Math.max(0, free))));
      }
      next = stage.to();
    }
    if (next != model.layers()) {
      return Optional.of(
          refused(
              Refusal.INVALID_STAGES,
              "stages up to layer %d of %d".formatted(next, model.layers())));
    }
    String head = stages.getFirst().nodeId();
    return state.isDriving(head, model.modelId(), pipelineId)
        ? Optional.of(
            refused(
                Refusal.ALREADY_EXISTS,
                "node %s drives a pipeline of model %s already".formatted(head, model.modelId())))
        : Optional.empty();
  }

  static Decision when(boolean changes, Event event) {
    return new Decision.Accepted(changes ? List.of(event) : List.of());
  }

  static Decision unknownModel(String modelId) {
    return refused(Refusal.UNKNOWN_MODEL, "model %s is not known".formatted(modelId));
  }

  static Decision unknownPipeline(String pipelineId) {
    return refused(Refusal.UNKNOWN_PIPELINE, "pipeline %s is not there".formatted(pipelineId));
  }

  static Decision refused(Refusal refusal, String detail) {
    return new Decision.Refused(refusal, detail);
  }
}
