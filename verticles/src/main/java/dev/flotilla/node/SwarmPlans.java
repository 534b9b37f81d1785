package dev.flotilla.node;

import dev.flotilla.gguf.GgufException;
import dev.flotilla.node.api.SwarmPlanning;
import dev.flotilla.node.topology.TopologyDirectory;
import dev.flotilla.sharding.plan.ModelShape;
import dev.flotilla.sharding.plan.Topology;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/** What pipelines of this node's models could be planned. */
final class SwarmPlans implements SwarmPlanning {
  private final Swarm swarm;
  private final TopologyDirectory directory;
  private final Map<String, ModelShape> shapes;

  SwarmPlans(Swarm swarm, TopologyDirectory directory, List<OwnModel> models) {
    this.swarm = swarm;
    this.directory = directory;
    this.shapes = shapes(models);
  }

  /** Models that can't be cut have no shape. */
  static Map<String, ModelShape> shapes(List<OwnModel> models) {
    Map<String, ModelShape> shapes = new HashMap<>();
    for (OwnModel model : models) {
      String id = model.file().card().id();
      try {
        shapes.put(id, ModelShape.of(id, model.file().model()));
      } catch (GgufException _) {
        // Runs whole, or not at all.
        continue;
      }
    }
    return Map.copyOf(shapes);
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
  public Map<String, String> names() {
    return swarm.cards().stream()
        .collect(Collectors.toMap(card -> card.id().hex(), NodeCard::name, (one, _) -> one));
  }

  @Override
  public Optional<ModelShape> shape(String modelId) {
    return Optional.ofNullable(shapes.get(modelId));
  }
}
