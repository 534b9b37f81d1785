package dev.flotilla.federation.state;

import dev.flotilla.federation.state.Placement.StageAt;
import dev.flotilla.federation.state.Placement.Status;
import java.util.List;

/**
 * What is being built beside a pipeline, to take its place.
 *
 * @param buildId its identity; no other build of the pipeline has it
 * @param stages in the order of the layers
 * @param status how far it is
 * @param problem why it can't take the place; empty while nothing is wrong
 * @param reason why it is built, for people
 */
public record Replacement(
    String buildId, List<StageAt> stages, Status status, String problem, String reason) {
  public Replacement {
    Limits.text("buildId", buildId);
    stages = Placement.checked(stages);
    problem = Limits.cut(problem);
    reason = Limits.cut(reason);
  }

  /** One that nothing was done for yet. */
  public Replacement(String buildId, List<StageAt> stages, String reason) {
    this(buildId, stages, Status.PLACED, "", reason);
  }

  /** The node that builds and drives it. */
  public String head() {
    return stages.getFirst().nodeId();
  }

  Replacement with(Status other, String why) {
    return new Replacement(buildId, stages, other, why, reason);
  }
}
