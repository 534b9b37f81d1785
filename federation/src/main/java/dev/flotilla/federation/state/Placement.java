package dev.flotilla.federation.state;

import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * A pipeline that is to be: it stays until a command removes it, whatever happens to its nodes.
 *
 * @param pipelineId its identity
 * @param modelId what it serves
 * @param buildId what of it these stages are: the pipeline's id at first, another one each time
 *     that a replacement has taken the place
 * @param stages in the order of the layers
 * @param onDemand whether it was set up for want of requests, and is taken down for want of them
 * @param status how far it is
 * @param problem why it can't serve, for people; empty while nothing is wrong
 * @param terms that the swarm planned it with; empty if it stays as somebody has planned it
 * @param replacement what is being built to take its place
 */
public record Placement(
    String pipelineId,
    String modelId,
    String buildId,
    List<StageAt> stages,
    boolean onDemand,
    Status status,
    String problem,
    Optional<Terms> terms,
    Optional<Replacement> replacement) {
  public Placement {
    Limits.text("pipelineId", pipelineId);
    Limits.text("modelId", modelId);
    Limits.text("buildId", buildId);
    stages = checked(stages);
    problem = Limits.cut(problem);
    if (replacement.isPresent() && replacement.get().buildId().equals(buildId)) {
      throw new IllegalArgumentException("build %s replaces itself".formatted(buildId));
    }
  }

  /** One that stays as it is planned, as far as nobody takes it down. */
  public Placement(
      String pipelineId,
      String modelId,
      List<StageAt> stages,
      boolean onDemand,
      Status status,
      String problem) {
    this(
        pipelineId,
        modelId,
        pipelineId,
        stages,
        onDemand,
        status,
        problem,
        Optional.empty(),
        Optional.empty());
  }

  static List<StageAt> checked(List<StageAt> stages) {
    if (stages.isEmpty() || stages.size() > Limits.STAGES) {
      throw new IllegalArgumentException("%d stages".formatted(stages.size()));
    }
    return List.copyOf(stages);
  }

  /** The node that drives it: the one of its first stage. */
  public String head() {
    return stages.getFirst().nodeId();
  }

  /** Whether a node drives it, or is to once its replacement has taken the place. */
  boolean isDrivenBy(String nodeId) {
    return head().equals(nodeId)
        || replacement.stream().anyMatch(next -> next.head().equals(nodeId));
  }

  /** All that takes memory because of it. */
  Stream<StageAt> allStages() {
    return Stream.concat(
        stages.stream(), replacement.stream().flatMap(next -> next.stages().stream()));
  }

  /** The same, planned by the swarm. */
  public Placement with(Optional<Terms> other) {
    return new Placement(
        pipelineId, modelId, buildId, stages, onDemand, status, problem, other, replacement);
  }

  Placement with(Status other, String reason) {
    return new Placement(
        pipelineId, modelId, buildId, stages, onDemand, other, reason, terms, replacement);
  }

  /** The same, with something that is built beside it. */
  public Placement with(Replacement next) {
    return withReplacement(Optional.of(next));
  }

  Placement withReplacement(Optional<Replacement> next) {
    return new Placement(
        pipelineId, modelId, buildId, stages, onDemand, status, problem, terms, next);
  }

  /**
   * What it is once its replacement has taken the place.
   *
   * @throws java.util.NoSuchElementException if there is none
   */
  public Placement replaced() {
    Replacement next = replacement.orElseThrow();
    return new Placement(
        pipelineId,
        modelId,
        next.buildId(),
        next.stages(),
        onDemand,
        next.status(),
        next.problem(),
        terms,
        Optional.empty());
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
