package dev.flotilla.benchmarks;

import dev.flotilla.sharding.plan.LayerCost;
import dev.flotilla.sharding.plan.Link;
import dev.flotilla.sharding.plan.ModelShape;
import dev.flotilla.sharding.plan.NodeProfile;
import dev.flotilla.sharding.plan.NodeRole;
import dev.flotilla.sharding.plan.PowerSource;
import dev.flotilla.sharding.plan.Topology;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * A swarm as a node's {@code /topology} tells of it, with what it says of one model.
 *
 * @param topology in which nodes are called by their names
 * @param names of the nodes, by id
 */
record MeasuredTopology(Topology topology, Map<String, String> names) {

  /** Reads it. */
  static MeasuredTopology of(JsonObject json, ModelShape model) {
    List<JsonObject> nodes = objects(json.getJsonArray("nodes"));
    Map<String, String> names =
        nodes.stream()
            .collect(
                Collectors.toMap(node -> node.getString("id"), node -> node.getString("name")));
    List<Link> links =
        objects(json.getJsonArray("links")).stream().map(link -> link(link, names)).toList();
    return new MeasuredTopology(
        new Topology(nodes.stream().map(node -> profile(node, model)).toList(), links), names);
  }

  static List<JsonObject> objects(JsonArray array) {
    return array.stream().map(JsonObject.class::cast).toList();
  }

  private static NodeProfile profile(JsonObject node, ModelShape model) {
    JsonObject speed = node.getJsonObject("seconds_per_layer").getJsonObject(model.costKey());
    return new NodeProfile(
        node.getString("name"),
        new NodeProfile.Memory(
            node.getLong("total_bytes"), node.getLong("free_bytes"), node.getLong("usable_bytes")),
        node.getInteger("cores"),
        PowerSource.UNKNOWN,
        Map.of(),
        Set.of(NodeRole.WORKER),
        speed == null ? Map.of() : Map.of(model.costKey(), cost(speed, model)));
  }

  private static LayerCost cost(JsonObject speed, ModelShape model) {
    return new LayerCost(
        model.activeLayerBytes(),
        speed.getDouble("prefill_seconds_per_token"),
        speed.getDouble("decode_seconds"));
  }

  private static Link link(JsonObject link, Map<String, String> names) {
    return new Link(
        names.getOrDefault(link.getString("from"), link.getString("from")),
        names.getOrDefault(link.getString("to"), link.getString("to")),
        link.getDouble("round_trip_ms") / 1000,
        link.getDouble("bytes_per_second"),
        link.getDouble("loss"),
        link.getDouble("age_seconds"),
        link.getDouble("confidence"));
  }

  /** Whether it is known of so many nodes how fast they are. */
  boolean hasSpeeds(int nodes) {
    return topology.nodes().stream().filter(node -> !node.layerCosts().isEmpty()).count() == nodes;
  }

  /** Whether so many nodes are there, and all ways between them are well known. */
  boolean hasWays(int nodes) {
    return topology.nodes().size() == nodes
        && topology.links().size() == nodes * (nodes - 1)
        && topology.links().stream().allMatch(link -> link.confidence() == 1);
  }

  /** Of each node, milliseconds of a layer in a step of one token. */
  Map<String, Double> layerMillis() {
    return topology.nodes().stream()
        .filter(node -> !node.layerCosts().isEmpty())
        .collect(
            Collectors.toMap(
                NodeProfile::nodeId,
                node -> 1e3 * node.layerCosts().values().iterator().next().decodeSeconds()));
  }
}
