package dev.flotilla.node.api;

import dev.flotilla.federation.state.Member;
import dev.flotilla.federation.state.SwarmState;
import dev.flotilla.node.instances.PlacementWish;
import dev.flotilla.node.instances.StageWish;
import dev.flotilla.node.instances.Stamp;
import dev.flotilla.sharding.plan.Objective;
import io.vertx.core.MultiMap;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/** Reads what clients ask of the swarm's pipelines. */
final class InstanceRequests {
  private static final int MAX_LAYER = 4096;
  private static final int MAX_COMMAND_ID_CHARS = 128;
  private static final int LEAST_PREFIX_CHARS = 6;

  private final SwarmState state;

  /**
   * @param state names nodes
   */
  InstanceRequests(SwarmState state) {
    this.state = state;
  }

  /** A pipeline to be planned, of a body. */
  PlacementWish wish(Fields fields) {
    String modelId = fields.requiredText("model_id");
    requirePipelines(fields);
    int min = fields.integer("min_nodes", 1, 1, PlacementWish.MAX_NODES);
    int max = fields.integer("max_nodes", PlacementWish.MAX_NODES, 1, PlacementWish.MAX_NODES);
    if (max < min) {
      throw fields.invalid("max_nodes", "'max_nodes' is less than min_nodes.");
    }
    return new PlacementWish(
        modelId,
        false,
        PlacementWish.MANY,
        objective(fields),
        min,
        max,
        Set.of(),
        nodes(fields, "node_ids"),
        nodes(fields, "exclude_node_ids"));
  }

  /** The same of a query. */
  PlacementWish wish(MultiMap query) {
    return wish(Fields.of(asBody(query)));
  }

  /** Queries have no types, and repeat what bodies list. */
  private static Map<String, Object> asBody(MultiMap query) {
    Map<String, Object> body = new LinkedHashMap<>();
    for (String name : query.names()) {
      List<String> values = query.getAll(name);
      if (name.endsWith("node_ids")) {
        body.put(name, new ArrayList<Object>(values));
      } else {
        String value = values.getFirst();
        body.put(name, value.matches("[0-9]{1,9}") && isNumber(name) ? Long.valueOf(value) : value);
      }
    }
    return body;
  }

  private static boolean isNumber(String name) {
    return name.equals("min_nodes") || name.equals("max_nodes") || name.equals("epoch");
  }

  /** exo's two ways: layers over nodes is what there is. */
  private static void requirePipelines(Fields fields) {
    String sharding = fields.text("sharding").orElse("Pipeline");
    if (!sharding.equalsIgnoreCase("Pipeline")) {
      throw new ApiException(
          ApiFailure.UNSUPPORTED, "sharding", "'sharding' is Pipeline; there is no other yet.");
    }
  }

  private static Objective objective(Fields fields) {
    return switch (fields.text("objective").orElse("latency")) {
      case "latency" -> Objective.LATENCY;
      case "throughput" -> Objective.THROUGHPUT;
      default -> throw fields.invalid("objective", "'objective' is latency or throughput.");
    };
  }

  private Set<String> nodes(Fields fields, String name) {
    List<Object> values = fields.list(name);
    Set<String> nodes = new HashSet<>();
    for (int i = 0; i < values.size(); i++) {
      String path = "%s[%d]".formatted(fields.path(name), i);
      nodes.add(node(path, Fields.text(path, values.get(i))));
    }
    return nodes;
  }

  /** The node of an id, of its beginning, or of a name that only one has. */
  private String node(String path, String text) {
    List<String> meant =
        state.members().values().stream()
            .filter(member -> isMeant(member, text))
            .map(Member::nodeId)
            .toList();
    if (meant.size() != 1) {
      throw ApiException.invalid(
          path,
          "'%s' names %s; /api/nodes lists them."
              .formatted(path, meant.isEmpty() ? "no node of the swarm" : "more than one node"));
    }
    return meant.getFirst();
  }

  private static boolean isMeant(Member member, String text) {
    return member.nodeId().equals(text)
        || member.name().equals(text)
        || (text.length() >= LEAST_PREFIX_CHARS && member.nodeId().startsWith(text));
  }

  /** The model of a pipeline that is planned already. */
  static String modelOf(Fields fields) {
    return instance(fields).requiredText("model_id");
  }

  /** Its stages, in order. */
  List<StageWish> stages(Fields fields) {
    List<StageWish> stages = new ArrayList<>();
    for (Fields stage : instance(fields).objects("stages")) {
      stages.add(
          new StageWish(
              node(stage.path("node"), stage.requiredText("node")),
              required(stage, "from"),
              required(stage, "to")));
    }
    return stages;
  }

  private static Fields instance(Fields fields) {
    return fields.object("instance").orElseThrow(() -> fields.missing("instance"));
  }

  private static int required(Fields fields, String name) {
    if (!fields.has(name)) {
      throw fields.missing(name);
    }
    return fields.integer(name, 0, 0, MAX_LAYER);
  }

  /** The id that a client gives its command, so that it can ask again, and the epoch it is for. */
  static Stamp stamp(Fields fields) {
    Optional<String> id = fields.text("command_id");
    if (id.isPresent() && !id.get().matches("[!-~]{1," + MAX_COMMAND_ID_CHARS + "}")) {
      throw fields.invalid(
          "command_id",
          "'command_id' has 1 to %d printable ASCII characters.".formatted(MAX_COMMAND_ID_CHARS));
    }
    return new Stamp(
        id,
        fields.has("epoch")
            ? OptionalLong.of(fields.longInteger("epoch", 0))
            : OptionalLong.empty());
  }

  /** The same of a query. */
  static Stamp stamp(MultiMap query) {
    return stamp(Fields.of(asBody(query)));
  }
}
