package dev.flotilla.node;

import dev.flotilla.node.api.SwarmPlanning;
import dev.flotilla.node.topology.NodeReport;
import dev.flotilla.node.topology.TopologyDirectory;
import dev.flotilla.sharding.plan.ModelShape;
import dev.flotilla.sharding.plan.Topology;
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

  @Override
  public String nodeId() {
    return swarm.id().hex();
  }

  @Override
  public Topology topology() {
    return directory.topology(swarm.id());
  }

  @Override
  public Map<String, NodeReport> reports() {
    return directory.reports();
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
