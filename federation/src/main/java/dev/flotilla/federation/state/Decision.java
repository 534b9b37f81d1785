package dev.flotilla.federation.state;

import dev.flotilla.federation.state.Command.Request;
import dev.flotilla.federation.state.Outcome.Refusal;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/** What a command leads to: events, maybe none, or a refusal. */
public sealed interface Decision {

  /** It may be done; without events it is so already. */
  record Accepted(List<Event> events) implements Decision {
    public Accepted {
      events = List.copyOf(events);
    }
  }

  /** It can't be done. */
  record Refused(Refusal refusal, String detail) implements Decision {}

  /**
   * Decides, purely. What was carried out is not carried out again, in whatever epoch it is
   * repeated; anything else is refused in an epoch that it was not made for.
   */
  static Decision of(SwarmState state, Request request) {
    if (state.recentCommands().contains(request.commandId())) {
      return new Accepted(List.of());
    }
    OptionalLong epoch = request.epoch();
    return epoch.isPresent() && epoch.getAsLong() != state.epoch()
        ? refused(
            Refusal.WRONG_EPOCH,
            "the command is for epoch %d, and the swarm is in epoch %d"
                .formatted(epoch.getAsLong(), state.epoch()))
        : of(state, request.command());
  }

  private static Decision of(SwarmState state, Command command) {
    return switch (command) {
      case Command.AdmitMember(Member member) ->
          state.members().size() >= Limits.MEMBERS && !state.members().containsKey(member.nodeId())
              ? refused(Refusal.LIMIT_REACHED, "there are %d members".formatted(Limits.MEMBERS))
              : when(
                  !member.equals(state.members().get(member.nodeId())),
                  new Event.MemberJoined(member));
      case Command.RemoveMember(String nodeId) ->
          when(state.members().containsKey(nodeId), new Event.MemberLeft(nodeId));
      case Command.AddModel(ModelEntry model) -> addModel(state, model);
      case Command.RemoveModel(String modelId) -> removeModel(state, modelId);
      case Command.PinModel(String modelId, boolean pinned) ->
          withModel(
              state,
              modelId,
              when(
                  state.pinnedModels().contains(modelId) != pinned,
                  pinned ? new Event.ModelPinned(modelId) : new Event.ModelUnpinned(modelId)));
      case Command.WantReplicas(String modelId, ReplicaCount count) ->
          withModel(
              state,
              modelId,
              when(
                  !count.equals(state.replicas().get(modelId)),
                  new Event.ReplicasWanted(modelId, count)));
      case Command.Place(Placement placement, int most) -> place(state, placement, most);
      case Command.ReportStatus(String pipelineId, Placement.Status status, String problem) -> {
        Placement placement = state.placements().get(pipelineId);
        yield placement == null
            ? unknownPipeline(pipelineId)
            : when(
                placement.status() != status || !placement.problem().equals(problem),
                new Event.PipelineStatusChanged(pipelineId, status, problem));
      }
      case Command.Unplace(String pipelineId) ->
          state.placements().containsKey(pipelineId)
              ? new Accepted(List.of(new Event.PipelineRemoved(pipelineId)))
              : unknownPipeline(pipelineId);
    };
  }

  private static Decision addModel(SwarmState state, ModelEntry model) {
    ModelEntry known = state.models().get(model.modelId());
    if (known != null && !known.equals(model)) {
      return refused(
          Refusal.ALREADY_EXISTS, "model %s is known as another one".formatted(model.modelId()));
    }
    if (known == null && state.models().size() >= Limits.MODELS) {
      return refused(Refusal.LIMIT_REACHED, "there are %d models".formatted(Limits.MODELS));
    }
    return when(known == null, new Event.ModelAdded(model));
  }

  private static Decision removeModel(SwarmState state, String modelId) {
    boolean used =
        state.placements().values().stream()
            .anyMatch(placement -> placement.modelId().equals(modelId));
    return used
        ? refused(Refusal.IN_USE, "model %s has pipelines".formatted(modelId))
        : withModel(state, modelId, new Accepted(List.of(new Event.ModelRemoved(modelId))));
  }

  private static Decision place(SwarmState state, Placement placement, int most) {
    if (state.placements().containsKey(placement.pipelineId())) {
      return refused(
          Refusal.ALREADY_EXISTS, "pipeline %s is there".formatted(placement.pipelineId()));
    }
    if (state.placements().size() >= Limits.PLACEMENTS) {
      return refused(Refusal.LIMIT_REACHED, "there are %d pipelines".formatted(Limits.PLACEMENTS));
    }
    if (state.pipelinesOf(placement.modelId()) >= most) {
      return refused(
          Refusal.ALREADY_EXISTS,
          "model %s has %d pipelines already".formatted(placement.modelId(), most));
    }
    ModelEntry model = state.models().get(placement.modelId());
    if (model == null) {
      return unknownModel(placement.modelId());
    }
    return problem(state, model, placement)
        .orElseGet(() ->
            new Accepted(
                List.of(new Event.PipelinePlaced(placement.with(Placement.Status.PLACED, "")))));
  }

  private static Optional<Decision> problem(
      SwarmState state, ModelEntry model, Placement placement) {
    int next = 0;
    Set<String> nodes = new HashSet<>();
    for (Placement.StageAt stage : placement.stages()) {
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
    return state.isDriving(placement.head(), placement.modelId())
        ? Optional.of(
            refused(
                Refusal.ALREADY_EXISTS,
                "node %s drives a pipeline of model %s already"
                    .formatted(placement.head(), placement.modelId())))
        : Optional.empty();
  }

  private static Decision withModel(SwarmState state, String modelId, Decision decision) {
    return state.models().containsKey(modelId) ? decision : unknownModel(modelId);
  }

  private static Decision when(boolean changes, Event event) {
    return new Accepted(changes ? List.of(event) : List.of());
  }

  private static Decision unknownModel(String modelId) {
    return refused(Refusal.UNKNOWN_MODEL, "model %s is not known".formatted(modelId));
  }

  private static Decision unknownPipeline(String pipelineId) {
    return refused(Refusal.UNKNOWN_PIPELINE, "pipeline %s is not there".formatted(pipelineId));
  }

  private static Refused refused(Refusal refusal, String detail) {
    return new Refused(refusal, detail);
  }
}
