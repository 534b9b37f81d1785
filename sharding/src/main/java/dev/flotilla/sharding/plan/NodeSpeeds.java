package dev.flotilla.sharding.plan;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** How fast each node is on a model: measured, scaled from another model, or assumed. */
final class NodeSpeeds {

  /** A modest desktop's; only ratios matter where nothing was measured anywhere. */
  private static final double NOMINAL_BYTES_PER_SECOND = 2e10;

  private static final double NOMINAL_PREFILL_SPEEDUP = 10;

  private final ModelShape model;
  private final LayerCost median;

  NodeSpeeds(Topology topology, ModelShape model) {
    this.model = model;
    this.median = median(topology);
  }

  LayerCost cost(NodeProfile node) {
    return known(node).orElse(median);
  }

  CostBasis basis(NodeProfile node) {
    if (model.isMeasuredIn(node.layerCosts())) {
      return CostBasis.MEASURED;
    }
    return node.layerCosts().isEmpty() ? CostBasis.ASSUMED : CostBasis.SCALED;
  }

  private Optional<LayerCost> known(NodeProfile node) {
    LayerCost measured = node.layerCosts().get(model.costKey());
    if (measured != null) {
      return Optional.of(measured);
    }
    // The shape nearest in size says most; equally near ones are ordered by name.
    return node.layerCosts().entrySet().stream()
        .min(
            Comparator.comparingDouble((Map.Entry<String, LayerCost> entry) ->
                    Math.abs(
                        Math.log(
                            (double) entry.getValue().activeBytes() / model.activeLayerBytes())))
                .thenComparing(Map.Entry::getKey))
        .map(entry -> entry.getValue().scaledTo(model.activeLayerBytes()));
  }

  private LayerCost median(Topology topology) {
    List<LayerCost> costs = new ArrayList<>();
    topology.nodes().forEach(node -> known(node).ifPresent(costs::add));
    if (costs.isEmpty()) {
      double decode = model.activeLayerBytes() / NOMINAL_BYTES_PER_SECOND;
      return new LayerCost(model.activeLayerBytes(), decode / NOMINAL_PREFILL_SPEEDUP, decode);
    }
    costs.sort(Comparator.comparingDouble(LayerCost::decodeSeconds));
    return costs.get(costs.size() / 2);
  }
}
