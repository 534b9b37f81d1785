package dev.flotilla.federation.state;

import java.util.List;

/**
 * A pipeline that is to be: it stays until a command removes it, whatever happens to its nodes.
 *
 * @param pipelineId its identity
 * @param modelId what it serves
 * @param stages in the order of the layers
 * @param onDemand whether it was set up for want of requests, and is taken down for want of them
 * @param status how far it is
 * @param problem why it can't serve, for people; empty while nothing is wrong
 */
public record Placement(
    String pipelineId,
    String modelId,
    List<StageAt> stages,
    boolean onDemand,
    Status status,
    String problem) {
  public Placement {
    Limits.text("pipelineId", pipelineId);
    Limits.text("modelId", modelId);
    stages = List.copyOf(stages);
    problem = Limits.cut(problem);
    if (stages.isEmpty() || stages.size() > Limits.STAGES) {
      throw new IllegalArgumentException("%d stages".formatted(stages.size()));
    }
  }

  /** The node that drives it: the one of its first stage. */
  public String head() {
    return stages.getFirst().nodeId();
  }

  Placement with(Status other, String reason) {
    return new Placement(pipelineId, modelId, stages, onDemand, other, reason);
  }

  /** How far a pipeline is. */
  public enum Status {
    /** Decided on; its nodes are to load it. */
    PLACED(0),
    /** It serves. */
    READY(1),
    /** It can't serve at the moment. */
    FAILED(2);

    /** In bytes; never given to another. */
    final int code;

    Status(int code) {
      this.code = code;
    }
  }

  /**
   * Layers {@code [from, to)} on a node.
   *
   * @param memoryBytes all that the stage takes there
   */
  public record StageAt(String nodeId, int from, int to, long memoryBytes) {
    public StageAt {
      Limits.text("nodeId", nodeId);
      if (from < 0 || to <= from || to > Limits.LAYERS || memoryBytes < 0) {
        throw new IllegalArgumentException(
            "layers [%d, %d) in %d bytes".formatted(from, to, memoryBytes));
      }
    }
  }
}
