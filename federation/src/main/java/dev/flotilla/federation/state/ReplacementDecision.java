package dev.flotilla.federation.state;

import dev.flotilla.federation.state.Outcome.Refusal;
import dev.flotilla.federation.state.Placement.Status;
import java.util.List;
import java.util.Optional;

/** What commands about replacements lead to. Pure. */
final class ReplacementDecision {
  private ReplacementDecision() {}

  /** Whether something may be built beside a pipeline. */
  static Decision replace(SwarmState state, Command.Replace command) {
    Placement placement = state.placements().get(command.pipelineId());
    if (placement == null) {
      return Rules.unknownPipeline(command.pipelineId());
    }
    if (placement.terms().isEmpty()) {
      return Rules.refused(
          Refusal.IN_USE, "pipeline %s stays as it was planned".formatted(command.pipelineId()));
    }
    Replacement next = command.replacement();
    boolean built = next.buildId().equals(placement.buildId());
    if (built || placement.replacement().isPresent()) {
      return Rules.refused(
          Refusal.ALREADY_EXISTS,
          "pipeline %s is replaced already".formatted(command.pipelineId()));
    }
    ModelEntry model = state.models().get(placement.modelId());
    if (model == null) {
      return Rules.unknownModel(placement.modelId());
    }
    return Rules.problem(state, model, placement.pipelineId(), next.stages())
        .orElseGet(() -> new Decision.Accepted(List.of(begun(placement, next))));
  }

  private static Event begun(Placement placement, Replacement next) {
    return new Event.ReplacementBegun(placement.pipelineId(), next.with(Status.PLACED, ""));
  }

  /** A report on a build that is neither the pipeline nor beside it comes too late. */
  static Decision report(SwarmState state, Command.ReportStatus report) {
    Placement placement = state.placements().get(report.pipelineId());
    if (placement == null) {
      return Rules.unknownPipeline(report.pipelineId());
    }
    if (placement.buildId().equals(report.buildId())) {
      return Rules.when(
          placement.status() != report.status() || !placement.problem().equals(report.problem()),
          new Event.PipelineStatusChanged(report.pipelineId(), report.status(), report.problem()));
    }
    return building(placement, report.buildId())
        .map(next ->
            Rules.when(
                next.status() != report.status() || !next.problem().equals(report.problem()),
                new Event.ReplacementStatusChanged(
                    report.pipelineId(), report.status(), report.problem())))
        .orElseGet(() ->
            Rules.refused(
                Refusal.UNKNOWN_PIPELINE,
                "pipeline %s has no build %s".formatted(report.pipelineId(), report.buildId())));
  }

  /** Only what serves takes a place. */
  static Decision takeOver(SwarmState state, Command.TakeOver command) {
    Placement placement = state.placements().get(command.pipelineId());
    if (placement == null) {
      return Rules.unknownPipeline(command.pipelineId());
    }
    if (placement.buildId().equals(command.buildId())) {
      return new Decision.Accepted(List.of());
    }
    boolean ready =
        building(placement, command.buildId())
            .filter(next -> next.status() == Status.READY)
            .isPresent();
    return ready
        ? new Decision.Accepted(List.of(new Event.PipelineReplaced(command.pipelineId())))
        : Rules.refused(
            Refusal.IN_USE,
            "build %s of pipeline %s is not ready"
                .formatted(command.buildId(), command.pipelineId()));
  }

  /** What is not there any more needs not be given up. */
  static Decision drop(SwarmState state, Command.DropReplacement command) {
    Placement placement = state.placements().get(command.pipelineId());
    return placement == null
        ? Rules.unknownPipeline(command.pipelineId())
        : Rules.when(
            building(placement, command.buildId()).isPresent(),
            new Event.ReplacementDropped(command.pipelineId(), command.reason()));
  }

  private static Optional<Replacement> building(Placement placement, String buildId) {
    return placement.replacement().filter(next -> next.buildId().equals(buildId));
  }
}
