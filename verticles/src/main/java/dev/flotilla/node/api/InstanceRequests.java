package dev.flotilla.node.api;

import dev.flotilla.node.instances.NodeChoice;
import dev.flotilla.node.instances.PlacementWish;
import dev.flotilla.node.instances.StageWish;
import dev.flotilla.node.instances.Stamp;
import dev.flotilla.node.topology.NodeReport;
import dev.flotilla.sharding.plan.Label;
import dev.flotilla.sharding.plan.Objective;
import io.vertx.core.MultiMap;
import java.util.ArrayList;
import java.util.Collections;
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
  private static final Set<String> NUMBERS =
      Set.of("min_nodes", "max_nodes", "epoch", "slots", "context");

  private final NodeNames nodes;

  InstanceRequests(NodeNames nodes) {
    this.nodes = nodes;
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
        choice(fields, max));
  }

  /** The same of a query. */
  PlacementWish wish(MultiMap query) {
    return wish(fields(query));
  }

  /** A query as if it were a body: queries have no types, and repeat what bodies list. */
  static Fields fields(MultiMap query) {
    Map<String, Object> body = new LinkedHashMap<>();
    for (String name : query.names()) {
      List<String> values = query.getAll(name);
      if (name.endsWith("node_ids") || name.equals("labels")) {
        body.put(name, new ArrayList<Object>(values));
      } else {
        String value = values.getFirst();
        body.put(
            name,
            value.matches("[0-9]{1,9}") && NUMBERS.contains(name) ? Long.valueOf(value) : value);
      }
    }
    return Fields.of(body);
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

  private NodeChoice choice(Fields fields, int most) {
    Set<String> only = nodes.ids(fields, "node_ids");
    Set<String> pinned = nodes.ids(fields, "pin_node_ids");
    Set<String> excluded = nodes.ids(fields, "exclude_node_ids");
    if (!Collections.disjoint(pinned, excluded)) {
      throw fields.invalid("pin_node_ids", "'pin_node_ids' names a node that is excluded.");
    }
    if (!only.isEmpty() && !only.containsAll(pinned)) {
      throw fields.invalid(
          "pin_node_ids", "'pin_node_ids' names a node that is not among node_ids.");
    }
    if (pinned.size() > most) {
      throw fields.invalid("pin_node_ids", "'pin_node_ids' names more nodes than max_nodes.");
    }
    return new NodeChoice(only, pinned, excluded, labels(fields));
  }

  private static Map<String, String> labels(Fields fields) {
    List<Object> values = fields.list("labels");
    if (values.size() > NodeReport.MAX_LABELS) {
      throw fields.invalid("labels", "'labels' has up to " + NodeReport.MAX_LABELS + " of them.");
    }
    List<Label> labels = new ArrayList<>();
    for (int i = 0; i < values.size(); i++) {
      String path = "%s[%d]".formatted(fields.path("labels"), i);
      labels.add(label(path, Fields.text(path, values.get(i))));
    }
    try {
      return Label.byName(labels);
    } catch (IllegalArgumentException e) {
      throw fields.invalid("labels", "'labels': " + e.getMessage() + ".");
    }
  }

  private static Label label(String path, String text) {
    try {
      return Label.parse(text);
    } catch (IllegalArgumentException e) {
      throw ApiException.invalid(path, "'%s': %s.".formatted(path, e.getMessage()));
    }
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
              nodes.id(stage.path("node"), stage.requiredText("node")),
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
    return stamp(fields(query));
  }
}
