package dev.flotilla.cli;

import dev.flotilla.cli.config.Host;
import dev.flotilla.cli.http.JsonCalls;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code flotilla status}: what runs where. */
@Command(
    name = "status",
    mixinStandardHelpOptions = true,
    description = {
      "Show what runs where: models, nodes, load, speeds.",
      "A gateway knows the whole swarm, any other node itself."
    })
final class StatusCommand implements Callable<Integer> {
  private static final String ROW = "%-24s %-16s %-9s %9s %7s %10s %10s %9s%n";
  private static final String CLEAR = "\033[H\033[2J";

  private final Host host;

  @Spec private CommandSpec spec;

  @Mixin private final ServerOption server = new ServerOption();

  @Option(
      names = {"-w", "--watch"},
      description = "Show it again every second, until Ctrl-C.")
  private boolean watch;

  StatusCommand(Host host) {
    this.host = host;
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    PrintWriter out = spec.commandLine().getOut();
    try (JsonCalls calls = new JsonCalls(server.base(spec, host, host.apiKey()))) {
      do {
        String table = table(calls);
        out.print(watch ? CLEAR + table : table);
        out.flush();
      } while (again());
      return 0;
    }
  }

  private boolean again() throws InterruptedException {
    if (watch) {
      Thread.sleep(Duration.ofSeconds(1));
    }
    return watch;
  }

  private static String table(JsonCalls calls) throws IOException {
    StringBuilder table = new StringBuilder();
    table.append(
        ROW.formatted("MODEL", "NODE", "STATE", "RUNNING", "QUEUED", "PROMPT", "OUTPUT", "TRIP"));
    JsonArray states = calls.get("/health").getJsonArray("models");
    for (JsonObject model : objects(calls.get("/v1/models").getJsonArray("data"))) {
      String id = model.getString("id");
      List<JsonObject> replicas = objects(model.getJsonArray("replicas", new JsonArray()));
      replicas.forEach(replica -> table.append(row(id, replica)));
      if (replicas.isEmpty()) {
        objects(states).stream()
            .filter(state -> state.getString("id").equals(id))
            .forEach(state -> table.append(row(id, state)));
      }
    }
    return table.toString();
  }

  private static List<JsonObject> objects(JsonArray array) {
    return array.stream().map(JsonObject.class::cast).toList();
  }

  private static String row(String model, JsonObject replica) {
    Double trip = replica.getDouble("round_trip_ms");
    return ROW.formatted(
        model,
        replica.getString("name", "this node"),
        replica.getString("state"),
        replica.getInteger("running") + "/" + known(replica.getInteger("slots")),
        known(replica.getInteger("queued")),
        rate(replica.getDouble("prompt_per_second")),
        rate(replica.getDouble("predicted_per_second")),
        trip == null ? "-" : String.format(Locale.ROOT, "%.1f ms", trip));
  }

  /** Servers that are no nodes do not tell everything. */
  private static String known(@Nullable Integer number) {
    return number == null ? "-" : number.toString();
  }

  private static String rate(@Nullable Double perSecond) {
    return perSecond == null ? "-" : String.format(Locale.ROOT, "%.0f tok/s", perSecond);
  }
}
