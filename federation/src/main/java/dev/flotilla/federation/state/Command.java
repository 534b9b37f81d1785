package dev.flotilla.federation.state;

import java.util.OptionalLong;

/** Something that the swarm is asked to decide. */
public sealed interface Command {

  /** Count a node as a member, or take note of what it says about itself. */
  record AdmitMember(Member member) implements Command {}

  /** Count a node no more. Its pipelines remain, as what is to be. */
  record RemoveMember(String nodeId) implements Command {}

  /** Know a model. */
  record AddModel(ModelEntry model) implements Command {}

  /** Forget a model that has no pipelines. */
  record RemoveModel(String modelId) implements Command {}

  /** Whether a model may be unloaded. */
  record PinModel(String modelId, boolean pinned) implements Command {}

  /** How many pipelines a model is to have. */
  record WantReplicas(String modelId, ReplicaCount count) implements Command {}

  /**
   * Set up a pipeline.
   *
   * @param most pipelines that its model may have with it: more are refused
   */
  record Place(Placement placement, int most) implements Command {
    /** Set up a pipeline, however many there are. */
    public Place(Placement placement) {
      this(placement, Limits.PLACEMENTS);
    }

    public Place {
      if (most < 1 || most > Limits.PLACEMENTS) {
        throw new IllegalArgumentException("at most %d pipelines".formatted(most));
      }
    }
  }

  /**
   * Take note of how far a pipeline is, or what is built beside it.
   *
   * @param buildId which of them
   * @param problem why it can't serve, for people; empty while nothing is wrong
   */
  record ReportStatus(String pipelineId, String buildId, Placement.Status status, String problem)
      implements Command {
    /** On a pipeline that was never replaced. */
    public ReportStatus(String pipelineId, Placement.Status status, String problem) {
      this(pipelineId, pipelineId, status, problem);
    }

    public ReportStatus {
      problem = Limits.cut(problem);
    }
  }

  /** Build something beside a pipeline that the swarm has planned, to take its place. */
  record Replace(String pipelineId, Replacement replacement) implements Command {}

  /** Have what was built beside a pipeline, and is ready, take its place. */
  record TakeOver(String pipelineId, String buildId) implements Command {}

  /**
   * Build it no further; the pipeline stays as it is.
   *
   * @param reason for people
   */
  record DropReplacement(String pipelineId, String buildId, String reason) implements Command {
    public DropReplacement {
      reason = Limits.cut(reason);
    }
  }

  /** Take a pipeline down, and what is built beside it. */
  record Unplace(String pipelineId) implements Command {}

  /**
   * A command with an identity, under which it may be asked again without being carried out twice.
   *
   * @param epoch the only one in which it may be carried out; empty if any will do
   */
  record Request(String commandId, OptionalLong epoch, Command command) {
    /** A command for any epoch. */
    public Request(String commandId, Command command) {
      this(commandId, OptionalLong.empty(), command);
    }

    public Request {
      Limits.text("commandId", commandId);
    }
  }
}
