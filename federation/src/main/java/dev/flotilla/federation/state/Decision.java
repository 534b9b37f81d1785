package dev.flotilla.federation.state;

import dev.flotilla.federation.state.Command.Request;
import dev.flotilla.federation.state.Outcome.Refusal;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

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
        ? Rules.refused(
            Refusal.WRONG_EPOCH,
            "the command is for epoch %d, and the swarm is in epoch %d"
                .formatted(epoch.getAsLong(), state.epoch()))
        : of(state, request.command());
  }

  private static Decision of(SwarmState state, Command command) {
    return switch (command) {
      case Command.AdmitMember(Member member) ->
          state.members().size() >= Limits.MEMBERS && !state.members().containsKey(member.nodeId())
              ? Rules.refused(
                  Refusal.LIMIT_REACHED, "there are %d members".formatted(Limits.MEMBERS))
              : Rules.when(
                  !member.equals(state.members().get(member.nodeId())),
                  new Event.MemberJoined(member));
      case Command.RemoveMember(String nodeId) ->
          Rules.when(state.members().containsKey(nodeId), new Event.MemberLeft(nodeId));
      case Command.AddModel(ModelEntry model) -> addModel(state, model);
      case Command.RemoveModel(String modelId) -> removeModel(state, modelId);
      case Command.PinModel(String modelId, boolean pinned) ->
          withModel(
              state,
              modelId,
              Rules.when(
                  state.pinnedModels().contains(modelId) != pinned,
                  pinned ? new Event.ModelPinned(modelId) : new Event.ModelUnpinned(modelId)));
      case Command.WantReplicas(String modelId, ReplicaCount count) ->
          withModel(
              state,
              modelId,
              Rules.when(
                  !count.equals(state.replicas().get(modelId)),
                  new Event.ReplicasWanted(modelId, count)));
      case Command.Place(Placement placement, int most) -> place(state, placement, most);
      case Command.ReportStatus report -> ReplacementDecision.report(state, report);
      case Command.Replace replace -> ReplacementDecision.replace(state, replace);
      case Command.TakeOver takeOver -> ReplacementDecision.takeOver(state, takeOver);
      case Command.DropReplacement drop -> ReplacementDecision.drop(state, drop);
      case Command.Unplace(String pipelineId) ->
          state.placements().containsKey(pipelineId)
              ? new Accepted(List.of(new Event.PipelineRemoved(pipelineId)))
              : Rules.unknownPipeline(pipelineId);
    };
  }

  private static Decision addModel(SwarmState state, ModelEntry model) {
    ModelEntry known = state.models().get(model.modelId());
    if (known != null && !known.equals(model)) {
      return Rules.refused(
          Refusal.ALREADY_EXISTS, "model %s is known as another one".formatted(model.modelId()));
    }
    if (known == null && state.models().size() >= Limits.MODELS) {
      return Rules.refused(Refusal.LIMIT_REACHED, "there are %d models".formatted(Limits.MODELS));
    }
    return Rules.when(known == null, new Event.ModelAdded(model));
  }

  private static Decision removeModel(SwarmState state, String modelId) {
    boolean used =
        state.placements().values().stream()
            .anyMatch(placement -> placement.modelId().equals(modelId));
    return used
        ? Rules.refused(Refusal.IN_USE, "model %s has pipelines".formatted(modelId))
        : withModel(state, modelId, new Accepted(List.of(new Event.ModelRemoved(modelId))));
  }

  private static Decision place(SwarmState state, Placement placement, int most) {
    if (state.placements().containsKey(placement.pipelineId())) {
      return Rules.refused(
          Refusal.ALREADY_EXISTS, "pipeline %s is there".formatted(placement.pipelineId()));
    }
    if (state.placements().size() >= Limits.PLACEMENTS) {
      return Rules.refused(
          Refusal.LIMIT_REACHED, "there are %d pipelines".formatted(Limits.PLACEMENTS));
    }
    if (state.pipelinesOf(placement.modelId()) >= most) {
      return Rules.refused(
          Refusal.ALREADY_EXISTS,
          "model %s has %d pipelines already".formatted(placement.modelId(), most));
    }
    ModelEntry model = state.models().get(placement.modelId());
    if (model == null) {
      return Rules.unknownModel(placement.modelId());
    }
    return Rules.problem(state, model, placement.pipelineId(), placement.stages())
        .orElseGet(() ->
            new Accepted(
                List.of(
                    new Event.PipelinePlaced(
                        placement
                            .with(Placement.Status.PLACED, "")
                            .withReplacement(Optional.empty())))));
  }

  private static Decision withModel(SwarmState state, String modelId, Decision decision) {
    return state.models().containsKey(modelId) ? decision : Rules.unknownModel(modelId);
  }
}
