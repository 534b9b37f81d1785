package dev.flotilla.node;

import dev.flotilla.engine.metering.ChainFigures;
import dev.flotilla.engine.metering.StageFigures;
import dev.flotilla.engine.metering.StageWork;
import dev.flotilla.federation.ReplicaSpeed;
import dev.flotilla.node.topology.NodeReport;
import dev.flotilla.sharding.plan.LayerCost;
import dev.flotilla.sharding.plan.ModelShape;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * What a layer of this node's models takes here, from what its pipelines do; what was measured once
 * is kept when a pipeline ends. Thread-safe.
 */
final class MeasuredLayers {
  private final Map<String, LayerCost> known = new LinkedHashMap<>();

  /**
   * Looks at the pipelines once more.
   *
   * @param shapes of this node's models, by name
   * @param speeds of those that have run, by name, as their sessions saw them
   * @param chains what the stages of each pipeline have done, by the model's name
   * @return costs by {@link ModelShape#costKey}
   */
  synchronized Map<String, LayerCost> look(
      Map<String, ModelShape> shapes,
      Map<String, ReplicaSpeed> speeds,
      Map<String, ChainFigures> chains) {
    chains.forEach((id, chain) -> {
      ModelShape shape = shapes.get(id);
      if (shape != null) {
        cost(shape, chain, Optional.ofNullable(speeds.get(id)))
            .ifPresent(cost -> keep(shape.costKey(), cost));
      }
    });
    return Map.copyOf(known);
  }

  private void keep(String key, LayerCost cost) {
    known.remove(key);
    known.put(key, cost);
    if (known.size() > NodeReport.MAX_COSTS) {
      known.remove(known.keySet().iterator().next());
    }
  }

  /** A pipeline over several machines says of this one only what its own stage computes. */
  private static Optional<LayerCost> cost(
      ModelShape shape, ChainFigures chain, Optional<ReplicaSpeed> speed) {
    return chain.stages().size() == 1
        ? speed.map(measured -> ofWhole(shape, measured))
        : chain.stages().stream().findFirst().flatMap(first -> ofFirstStage(shape, first));
  }

  /**
   * Of a model that runs here as a whole: so that a plan for it predicts the rate that sessions
   * saw, with all that is around the engine.
   */
  static LayerCost ofWhole(ModelShape shape, ReplicaSpeed speed) {
    return new LayerCost(
        shape.activeLayerBytes(),
        1 / (speed.prefillTokensPerSecond() * shape.layers()),
        1 / (speed.decodeRate(1) * (shape.layers() + shape.headLayers())));
  }

  /**
   * Of a stage without the output head, by the time that its engine computes; empty until it has
   * read and generated.
   */
  static Optional<LayerCost> ofFirstStage(ModelShape shape, StageFigures stage) {
    StageWork prompts = stage.recentPrompts();
    StageWork steps = stage.recentGeneration().perBatch();
    if (prompts.computeSeconds() <= 0 || prompts.rows() <= 0 || steps.computeSeconds() <= 0) {
      return Optional.empty();
    }
    int layers = stage.layers().size();
    double prefill = prompts.computeSeconds() / prompts.rows() / layers;
    double step = steps.computeSeconds() / layers;
    // A step of several rows is, to the planner, one of a single row and some of a prompt.
    double decode = Math.max(step - (steps.rows() - 1) * prefill, step / steps.rows());
    return Optional.of(new LayerCost(shape.activeLayerBytes(), prefill, decode));
  }
}
