package dev.flotilla.cli;

import dev.flotilla.cli.config.Host;
import dev.flotilla.cli.http.JsonCalls;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code flotilla nodes}: the members of a swarm. */
@Command(
    name = "nodes",
    mixinStandardHelpOptions = true,
    description = "List the nodes of a swarm.")
final class NodesCommand implements Callable<Integer> {
  private static final int ID_CHARS = 12;

  private final Host host;

  @Spec private CommandSpec spec;

  @Mixin private final ServerOption server = new ServerOption();

  NodesCommand(Host host) {
    this.host = host;
  }

  @Override
  public Integer call() throws IOException {
    try (JsonCalls calls = new JsonCalls(server.base(spec, host, host.apiKey()))) {
      print(new JsonArray(calls.getText("/api/nodes")), spec.commandLine().getOut());
      return 0;
    }
  }

  private static void print(JsonArray nodes, PrintWriter out) {
    String row = "%-14s %-16s %-8s %-10s %-24s %-24s %s%n";
    out.printf(row, "ID", "NAME", "ROLE", "TRIP", "LINK", "API", "LABELS");
    for (Object each : nodes) {
      JsonObject node = (JsonObject) each;
      JsonObject addresses = node.getJsonObject("addresses");
      Double trip = node.getDouble("round_trip_ms");
      out.printf(
          row,
          node.getString("id").substring(0, ID_CHARS),
          node.getString("name"),
          node.getString("role"),
          trip == null ? "-" : "%.1f ms".formatted(trip),
          addresses.getString("link"),
          addresses.getString("api"),
          TopologyCommand.labels(node));
    }
    out.flush();
  }
}
