package dev.flotilla.node;

import dev.flotilla.federation.ReplicaSpeed;
import dev.flotilla.gguf.GgufException;
import dev.flotilla.node.api.SwarmPlanning;
import dev.flotilla.node.topology.TopologyDirectory;
import dev.flotilla.sharding.plan.LayerCost;
import dev.flotilla.sharding.plan.ModelShape;
import dev.flotilla.sharding.plan.Topology;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What pipelines of this node's models could be planned. */
final class SwarmPlans implements SwarmPlanning {
  private static final Logger log = LoggerFactory.getLogger(SwarmPlans.class);

  private final Swarm swarm;
  private final TopologyDirectory directory;
  private final Supplier<Topology> planned;
  private final Map<String, ModelShape> shapes;

  /**
   * @param planned the swarm as this node's pipelines are planned on it
   */
  SwarmPlans(
      Swarm swarm,
      TopologyDirectory directory,
      Supplier<Topology> planned,
      Map<String, ModelShape> shapes) {
    this.swarm = swarm;
    this.directory = directory;
    this.planned = planned;
    this.shapes = Map.copyOf(shapes);
  }

  /** Models that can't be cut have no shape. */
  static Map<String, ModelShape> shapes(List<OwnModel> models) {
    Map<String, ModelShape> shapes = new HashMap<>();
    for (OwnModel model : models) {
      String id = model.file().card().id();
      try {
        shapes.put(id, ModelShape.of(id, model.file().model()));
      } catch (GgufException e) {
        log.debug("model {} can't be cut: {}", id, e.getMessage());
      }
    }
    return Map.copyOf(shapes);
  }

  /**
   * What a layer of these models takes here, from the speed of whole models: their embedding and
   * head are taken for layers, which they resemble.
   *
   * @param speeds of models by id
   */
  static Map<String, LayerCost> layerCosts(
      Map<String, ModelShape> shapes, Map<String, ReplicaSpeed> speeds) {
    Map<String, LayerCost> costs = new HashMap<>();
    speeds.forEach((id, speed) -> {
      ModelShape shape = shapes.get(id);
      if (shape != null) {
        int layers = shape.layerBytes().size() + 1;
        costs.put(
            shape.costKey(),
            new LayerCost(
                shape.activeLayerBytes(),
                1 / (speed.prefillTokensPerSecond() * layers),
                1 / (speed.decodeRate(1) * layers)));
      }
    });
    return costs;
  }

  @Override
  public String nodeId() {
    return swarm.id().hex();
  }

  @Override
  public Topology topology() {
    return directory.topology(swarm.id());
  }

  @Override
  public Topology planned() {
    return planned.get();
  }

  @Override
  public Map<String, String> names() {
    return swarm.cards().stream()
        .collect(Collectors.toMap(card -> card.id().hex(), NodeCard::name, (one, _) -> one));
  }

  @Override
  public Optional<ModelShape> shape(String modelId) {
    return Optional.ofNullable(shapes.get(modelId));
  }
}
