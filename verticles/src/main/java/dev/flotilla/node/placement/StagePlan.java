package dev.flotilla.node.placement;

import dev.flotilla.tokens.NodeId;
import java.util.List;

/** Where the stages of a pipeline are to be at first. */
public sealed interface StagePlan {

  /** Wherever it is best, of the workers that there are. */
  record Planned() implements StagePlan {}

  /**
   * Exactly there; what is refused or lost there goes elsewhere all the same.
   *
   * @param stages in order; the first one is this node's
   */
  record Decided(List<Seat> stages) implements StagePlan {

    /**
     * A decision.
     *
     * @throws IllegalArgumentException if the stages do not follow each other from layer 0 on
     */
    public Decided {
      stages = List.copyOf(stages);
      int layer = 0;
      for (Seat stage : stages) {
        if (stage.layers().from() != layer) {
          throw new IllegalArgumentException(
              "layers %s follow layer %d".formatted(stage.layers(), layer));
        }
        layer = stage.layers().to();
      }
    }

    /**
     * Checks what a head can be asked for.
     *
     * @throws IllegalArgumentException if the stages do not end with the last layer, or the first
     *     one is not the head's
     */
    public void requireAllOf(int layers, NodeId head) {
      if (stages.isEmpty() || stages.getLast().layers().to() != layers) {
        throw new IllegalArgumentException("the stages are not all %d layers".formatted(layers));
      }
      if (!stages.getFirst().worker().equals(head)) {
        throw new IllegalArgumentException("the first stage is another node's");
      }
    }
  }
}
