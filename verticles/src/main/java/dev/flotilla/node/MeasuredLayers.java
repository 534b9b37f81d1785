package dev.flotilla.node;

import dev.flotilla.engine.metering.ChainFigures;
import dev.flotilla.engine.metering.StageFigures;
import dev.flotilla.engine.metering.StageWork;
import dev.flotilla.node.topology.NodeReport;
import dev.flotilla.sharding.plan.LayerCost;
import dev.flotilla.sharding.plan.ModelShape;
import dev.flotilla.sharding.plan.StageShape;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * What a layer takes here, of models and of stages that are hosted for others: from what pipelines
 * and stages do, and from trials of what has not run yet. What was measured once is kept.
 * Thread-safe.
 */
final class MeasuredLayers {
  /**
   * What a stage must have done of late to say more than what is known already. Its first steps
   * read weights that are not in memory yet.
   */
  private static final double TELLING_STEPS = 12;

  private static final double TELLING_PROMPT_ROWS = 32;

  private final Map<String, LayerCost> known;

  /**
   * Nothing has run yet.
   *
   * @param before what was known when the node stopped
   */
  MeasuredLayers(Map<String, LayerCost> before) {
    this.known = new LinkedHashMap<>(before);
  }

  /**
   * Looks at the pipelines of this node once more.
   *
   * @param shapes of this node's models, by name
   * @param chains what the stages of each pipeline have done, by the model's name; the first of
   *     them computes here
   */
  synchronized void lookAtPipelines(
      Map<String, ModelShape> shapes, Map<String, ChainFigures> chains) {
    chains.forEach((id, chain) -> {
      ModelShape shape = shapes.get(id);
      if (shape != null && !chain.stages().isEmpty()) {
        lookAtStage(shape.stage(chain.stages().getFirst().layers()), chain);
      }
    });
  }

  /**
   * Takes in what a stage here has done, the first of a chain: by the time that its engine computes
   * alone, be it of a whole model. What sessions wait for besides has nothing to do with layers,
   * and machines are compared that have only tried them.
   */
  synchronized void lookAtStage(StageShape shape, ChainFigures chain) {
    chain.stages().stream()
        .findFirst()
        .flatMap(stage -> worthKeeping(shape, stage))
        .ifPresent(cost -> keep(shape.costKey(), cost));
  }

  /** What is known, by {@link ModelShape#costKey}. */
  synchronized Map<String, LayerCost> known() {
    return Map.copyOf(known);
  }

  private void keep(String key, LayerCost cost) {
    known.remove(key);
    known.put(key, cost);
    if (known.size() > NodeReport.MAX_COSTS) {
      known.remove(known.keySet().iterator().next());
    }
  }

  private Optional<LayerCost> worthKeeping(StageShape shape, StageFigures stage) {
    boolean tells =
        stage.recentGeneration().batches() >= TELLING_STEPS
            && stage.recentPrompts().rows() >= TELLING_PROMPT_ROWS;
    return tells || !known.containsKey(shape.costKey()) ? ofStage(shape, stage) : Optional.empty();
  }

  /** Of a stage, by the time that its engine computes; empty until it has read and generated. */
  static Optional<LayerCost> ofStage(StageShape shape, StageFigures stage) {
    StageWork prompt = stage.recentPrompts().perBatch();
    StageWork step = stage.recentGeneration().perBatch();
    if (prompt.computeSeconds() <= 0 || prompt.rows() <= 0 || step.computeSeconds() <= 0) {
      return Optional.empty();
    }
    int layers = stage.layers().size();
    double perLayer = step.computeSeconds() / (layers + shape.headLayers());
    // The head computes one row of a prompt at most; what it takes may be badly known.
    double head = Math.min(shape.headLayers() * perLayer, prompt.computeSeconds() / 2);
    double prefill = (prompt.computeSeconds() - head) / prompt.rows() / layers;
    // A step of several rows is, to the planner, one of a single row and some of a prompt.
    double decode = Math.max(perLayer - (step.rows() - 1) * prefill, perLayer / step.rows());
    return Optional.of(new LayerCost(shape.activeLayerBytes(), prefill, decode));
  }
}
