package dev.flotilla.node.api;

import dev.flotilla.node.topology.NodeReport;
import dev.flotilla.sharding.plan.ModelShape;
import dev.flotilla.sharding.plan.Topology;
import java.util.Map;
import java.util.Optional;

/** What the API needs to plan pipelines that this node would drive. Any thread; cheap. */
public interface SwarmPlanning {

  /** This node's id. */
  String nodeId();

  /** The machines of the swarm and the ways between them. */
  Topology topology();

  /** What those machines say of themselves, by node id. */
  Map<String, NodeReport> reports();

  /** The same as pipelines are planned on it that begin at this node. */
  Topology planned();

  /** What people call the nodes, by id. */
  Map<String, String> names();

  /** What placing a model of this node depends on. */
  Optional<ModelShape> shape(String modelId);
}
