package dev.flotilla.node;

import dev.flotilla.federation.ReplicaSpeed;
import dev.flotilla.node.api.SwarmPlanning;
import dev.flotilla.node.topology.TopologyDirectory;
import dev.flotilla.sharding.plan.LayerCost;
import dev.flotilla.sharding.plan.ModelShape;
import dev.flotilla.sharding.plan.Topology;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/** What pipelines of this node's models could be planned. */
final class SwarmPlans implements SwarmPlanning {
  private final Swarm swarm;
  private final TopologyDirectory directory;
  private final Supplier<Topology> planned;
  private final Supplier<Map<String, ModelShape>> shapes;

  /**
   * @param planned the swarm as this node's pipelines are planned on it
   * @param shapes of this node's models, by name
   */
  SwarmPlans(
      Swarm swarm,
      TopologyDirectory directory,
      Supplier<Topology> planned,
      Supplier<Map<String, ModelShape>> shapes) {
    this.swarm = swarm;
    this.directory = directory;
    this.planned = planned;
    this.shapes = shapes;
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
    return Optional.ofNullable(shapes.get().get(modelId));
  }
}
