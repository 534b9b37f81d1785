package dev.flotilla.sharding.plan;

import dev.flotilla.gguf.LayerRange;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * A proposed pipeline.
 *
 * @param stages in the order of the layers, which they cover
 * @param prediction how fast it would be
 */
public record Plan(List<Stage> stages, Prediction prediction) {

  public Plan {
    stages = List.copyOf(stages);
  }

  /** The nodes it needs. */
  public Set<String> nodeIds() {
    return stages.stream().map(Stage::nodeId).collect(Collectors.toSet());
  }

  /**
   * Layers on a node.
   *
   * @param nodeId the node
   * @param layers what it computes
   * @param memory what that takes there
   */
  public record Stage(String nodeId, LayerRange layers, MemoryNeed memory) {}

  /**
   * Memory of a stage.
   *
   * @param weightBytes of layers, embedding and head
   * @param kvBytes caches of all slots
   * @param bufferBytes work memory
   * @param headroomBytes kept free besides
   */
  public record MemoryNeed(long weightBytes, long kvBytes, long bufferBytes, long headroomBytes) {
    public long totalBytes() {
      return weightBytes + kvBytes + bufferBytes + headroomBytes;
    }
  }

  /**
   * How fast a plan would be.
   *
   * @param tokenSeconds between two tokens of a lone stream
   * @param firstTokenSeconds from the prompt to the first token, for the constraints' prompt
   * @param throughput tokens per second of all slots together
   * @param basis how well the least known node's speed is known
   * @param limit what a faster plan would need more of
   */
  public record Prediction(
      double tokenSeconds,
      double firstTokenSeconds,
      double throughput,
      CostBasis basis,
      Limit limit) {

    /** Tokens per second of a lone stream. */
    public double rate() {
      return 1 / tokenSeconds;
    }
  }

  /** What holds a plan back. */
  public sealed interface Limit {
    /** The node that computes longest. */
    record Compute(String nodeId) implements Limit {}

    /** The way between two stages takes most of the time. */
    record Network(String from, String to) implements Limit {}

    /** This node is faster than another of the plan, and has no room for one more layer. */
    record Memory(String nodeId) implements Limit {}
  }
}
