package dev.flotilla.node.api;

import dev.flotilla.engine.metering.ChainFigures;
import dev.flotilla.engine.metering.StageFigures;
import java.util.List;
import java.util.Optional;

/** The pipelines that a node has a part in. */
@FunctionalInterface
public interface PipelineList {

  /** As they are now: those that this node drives, then those of others that it hosts stages of. */
  List<PipelineView> pipelines();

  /**
   * A pipeline.
   *
   * @param model its name; where another node drives it, what that calls the model's content
   * @param driven whether this node drives it
   * @param head the node that drives it; empty outside a swarm
   * @param state in one word
   * @param problem what is wrong, if anything is
   * @param recuts how often it was built anew with other cuts, while it served
   * @param figures what the stages have done, as they said a few seconds ago at most
   * @param stages in order; of another node's pipeline those that are here
   */
  record PipelineView(
      String model,
      boolean driven,
      Optional<String> head,
      String state,
      Optional<String> problem,
      int recuts,
      Optional<ChainFigures> figures,
      List<StageView> stages) {
    public PipelineView {
      stages = List.copyOf(stages);
    }

    /** What one of the stages has done, if that is known. */
    Optional<StageFigures> figures(StageView stage) {
      return figures.stream()
          .flatMap(chain -> chain.stages().stream())
          .filter(each ->
              each.layers().from() == stage.fromLayer() && each.layers().to() == stage.toLayer())
          .findFirst();
    }
  }

  /**
   * A stage.
   *
   * @param node that hosts it; empty outside a swarm
   * @param fromLayer its first layer
   * @param toLayer the layer after its last
   * @param memoryBytes what it takes
   * @param state in one word
   * @param doneBytes of its slice, while that is fetched
   * @param totalBytes of its slice, while that is fetched
   */
  record StageView(
      Optional<String> node,
      int fromLayer,
      int toLayer,
      long memoryBytes,
      String state,
      long doneBytes,
      long totalBytes) {}
}
