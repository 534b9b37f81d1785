package dev.flotilla.cli;

import dev.flotilla.cli.config.Host;
import dev.flotilla.cli.http.JsonCalls;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code flotilla plan}: how a model could run over a swarm. */
@Command(
    name = "plan",
    mixinStandardHelpOptions = true,
    description =
        "Show how a model could run over the swarm, how fast, and what speaks against it.")
final class PlanCommand implements Callable<Integer> {
  private final Host host;

  @Spec private CommandSpec spec;

  @Mixin private final ServerOption server = new ServerOption();

  @Mixin private final PlanOptions wanted = new PlanOptions();

  @Parameters(paramLabel = "MODEL", description = "A model that the node serves.")
  private String model = "";

  @Option(
      names = "--slots",
      paramLabel = "N",
      description = "Sessions at a time [${DEFAULT-VALUE}].",
      defaultValue = "1")
  private int slots = 1;

  @Option(
      names = "--context",
      paramLabel = "TOKENS",
      description = "Of a session [${DEFAULT-VALUE}].",
      defaultValue = "4096")
  private int context = 4096;

  PlanCommand(Host host) {
    this.host = host;
  }

  @Override
  public Integer call() throws IOException {
    JsonObject wish = wanted.of(model).put("slots", slots).put("context", context);
    try (JsonCalls calls = new JsonCalls(server.base(spec, host, host.apiKey()))) {
      JsonObject answer = calls.get("/instance/previews?" + PlanOptions.query(wish));
      PrintWriter out = spec.commandLine().getOut();
      List<JsonObject> plans = TopologyCommand.objects(answer.getJsonArray("previews"));
      printPlans(plans, out);
      printRejected(TopologyCommand.objects(answer.getJsonArray("rejected")), out);
      out.flush();
      return plans.isEmpty() ? 1 : 0;
    }
  }

  private static void printPlans(List<JsonObject> plans, PrintWriter out) {
    if (plans.isEmpty()) {
      out.println("There is no plan.");
      return;
    }
    String row = "%3s %10s %12s %9s  %-24s %s%n";
    out.printf(row, "", "TOKENS/S", "FIRST TOKEN", "SPEEDS", "LIMITED BY", "STAGES");
    int rank = 1;
    for (JsonObject plan : plans) {
      out.printf(
          row,
          rank++,
          "%.1f".formatted(plan.getDouble("tokens_per_second")),
          "%.2f s".formatted(plan.getDouble("first_token_seconds")),
          plan.getString("speeds"),
          limit(plan.getJsonObject("limited_by")),
          stages(plan));
    }
  }

  private static String limit(JsonObject limit) {
    String to = limit.getString("to_name");
    return limit.getString("by")
        + " "
        + TopologyCommand.shortened(limit.getString("name"))
        + (to == null ? "" : "→" + TopologyCommand.shortened(to));
  }

  private static String stages(JsonObject plan) {
    return TopologyCommand.objects(plan.getJsonArray("stages")).stream()
        .map(stage ->
            "%s %d–%d (%s)"
                .formatted(
                    TopologyCommand.shortened(stage.getString("name")),
                    stage.getInteger("from"),
                    stage.getInteger("to") - 1,
                    TopologyCommand.gigabytes(
                        plan.getJsonObject("memory_delta_by_node")
                            .getLong(stage.getString("node")))))
        .collect(Collectors.joining(" → "));
  }

  private static void printRejected(List<JsonObject> rejected, PrintWriter out) {
    for (JsonObject each : rejected) {
      out.printf(
          "  not %s: %s, %s%n",
          TopologyCommand.shortened(each.getString("name")),
          each.getString("reason").replace('_', ' '),
          each.getString("detail"));
    }
  }
}
