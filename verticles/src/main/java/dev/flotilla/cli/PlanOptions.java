package dev.flotilla.cli;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import picocli.CommandLine.Option;

/** What a plan is to be like, for commands that show plans and those that carry one out. */
final class PlanOptions {
  @Option(
      names = "--objective",
      paramLabel = "WHAT",
      description = "latency of one stream, or throughput of all [${DEFAULT-VALUE}].",
      defaultValue = "latency")
  private String objective = "latency";

  @Option(
      names = "--min-nodes",
      paramLabel = "N",
      description = "Stages at least [${DEFAULT-VALUE}].",
      defaultValue = "1")
  private int minNodes = 1;

  @Option(names = "--max-nodes", paramLabel = "N", description = "Stages at most.")
  private int maxNodes;

  @Option(
      names = "--node",
      paramLabel = "NODE",
      description = "Only on these nodes: a name, an id or its beginning; may be repeated.")
  private List<String> only = new ArrayList<>();

  @Option(
      names = "--pin",
      paramLabel = "NODE",
      description = "On this node in any case, with others or alone; may be repeated.")
  private List<String> pinned = new ArrayList<>();

  @Option(
      names = "--exclude",
      paramLabel = "NODE",
      description = "Not on this node; may be repeated.")
  private List<String> excluded = new ArrayList<>();

  @Option(
      names = "--label",
      paramLabel = "NAME=VALUE",
      description = "Only on nodes that were started with this label; may be repeated.")
  private List<String> labels = new ArrayList<>();

  /** The wish for a plan, as the API's bodies have it. */
  JsonObject of(String model) {
    JsonObject wish =
        new JsonObject()
            .put("model_id", model)
            .put("objective", objective)
            .put("min_nodes", minNodes)
            .put("node_ids", new JsonArray(only))
            .put("pin_node_ids", new JsonArray(pinned))
            .put("exclude_node_ids", new JsonArray(excluded))
            .put("labels", new JsonArray(labels));
    return maxNodes > 0 ? wish.put("max_nodes", maxNodes) : wish;
  }

  /** A wish as a query, which repeats what a body lists. */
  static String query(JsonObject wish) {
    return wish.stream()
        .flatMap(
            field -> values(field.getValue()).map(value -> field.getKey() + "=" + encoded(value)))
        .collect(Collectors.joining("&"));
  }

  private static Stream<?> values(Object value) {
    return value instanceof JsonArray list ? list.stream() : Stream.of(value);
  }

  private static String encoded(Object value) {
    return URLEncoder.encode(value.toString(), StandardCharsets.UTF_8);
  }
}
