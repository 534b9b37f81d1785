package dev.flotilla.cli;

import dev.flotilla.cli.config.Host;
import dev.flotilla.cli.http.JsonCalls;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code flotilla topology}: the machines of a swarm and a matrix of the ways between them. */
@Command(
    name = "topology",
    mixinStandardHelpOptions = true,
    description = "Show the swarm's machines and the measured ways between them.")
final class TopologyCommand implements Callable<Integer> {
  private static final int NAME_CHARS = 12;

  private final Host host;

  @Spec private CommandSpec spec;

  @Mixin private final ServerOption server = new ServerOption();

  @Option(names = "--long", description = "Also platforms, and what their engines make use of.")
  private boolean isLong;

  TopologyCommand(Host host) {
    this.host = host;
  }

  @Override
  public Integer call() throws IOException {
    try (JsonCalls calls = new JsonCalls(server.base(spec, host, host.apiKey()))) {
      JsonObject topology = calls.get("/topology");
      PrintWriter out = spec.commandLine().getOut();
      List<JsonObject> nodes = objects(topology.getJsonArray("nodes"));
      printNodes(nodes, out);
      if (isLong) {
        out.println();
        printPlatforms(nodes, out);
      }
      out.println();
      printWays(nodes, objects(topology.getJsonArray("links")), out);
      out.flush();
      return 0;
    }
  }

  private static void printNodes(List<JsonObject> nodes, PrintWriter out) {
    String row = "%-12s %9s %9s %9s %9s %6s  %-8s %-24s %s%n";
    out.printf(row, "NODE", "MEMORY", "FREE", "USABLE", "DISK", "CORES", "POWER", "GPUS", "LABELS");
    for (JsonObject node : nodes) {
      out.printf(
          row,
          shortened(node.getString("name")),
          gigabytes(node.getLong("total_bytes")),
          gigabytes(node.getLong("free_bytes")),
          gigabytes(node.getLong("usable_bytes")),
          gigabytes(node.getLong("disk_free_bytes", 0L)),
          node.getInteger("cores"),
          node.getString("power"),
          gpus(node),
          labels(node));
    }
  }

  private static String gpus(JsonObject node) {
    return objects(node.getJsonArray("gpus", new JsonArray())).stream()
        .map(gpu ->
            "%s (%s)"
                .formatted(gpu.getString("description"), gigabytes(gpu.getLong("total_bytes"))))
        .collect(Collectors.collectingAndThen(Collectors.joining(", "), TopologyCommand::orDash));
  }

  private static void printPlatforms(List<JsonObject> nodes, PrintWriter out) {
    String row = "%-12s %-16s %-32s %s%n";
    out.printf(row, "NODE", "PLATFORM", "CPU", "CPU FEATURES");
    for (JsonObject node : nodes) {
      String features =
          node.getJsonArray("cpu_features", new JsonArray()).stream()
              .map(Object::toString)
              .collect(Collectors.joining(" "));
      out.printf(
          row,
          shortened(node.getString("name")),
          node.getString("platform", "-"),
          orDash(node.getString("cpu", "")),
          orDash(features));
    }
  }

  private static String orDash(String text) {
    return text.isEmpty() ? "-" : text;
  }

  /** Round trip and rate of each way, rows to columns. */
  private static void printWays(List<JsonObject> nodes, List<JsonObject> links, PrintWriter out) {
    Map<String, JsonObject> byPair = new HashMap<>();
    links.forEach(link -> byPair.put(link.getString("from") + link.getString("to"), link));
    out.printf("%-12s", "FROM \\ TO");
    nodes.forEach(node -> out.printf(" %18s", shortened(node.getString("name"))));
    out.println();
    for (JsonObject from : nodes) {
      out.printf("%-12s", shortened(from.getString("name")));
      for (JsonObject to : nodes) {
        out.printf(" %18s", way(byPair.get(from.getString("id") + to.getString("id"))));
      }
      out.println();
    }
  }

  private static String way(@Nullable JsonObject link) {
    return link == null
        ? "-"
        : "%.2f ms %.0f MB/s"
            .formatted(link.getDouble("round_trip_ms"), link.getDouble("bytes_per_second") / 1e6);
  }

  /** What is said about a node: {@code room=office rack=3}. */
  static String labels(JsonObject node) {
    return node.getJsonObject("labels", new JsonObject()).stream()
        .map(label -> label.getKey() + "=" + label.getValue())
        .sorted()
        .collect(Collectors.joining(" "));
  }

  static List<JsonObject> objects(JsonArray array) {
    return array.stream().map(JsonObject.class::cast).toList();
  }

  static String gigabytes(long bytes) {
    return "%.1f GB".formatted(bytes / 1e9);
  }

  static String shortened(String name) {
    return name.length() <= NAME_CHARS ? name : name.substring(0, NAME_CHARS);
  }
}
