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

/** {@code flotilla pipelines}: models and the stages that they run in. */
@Command(
    name = "pipelines",
    mixinStandardHelpOptions = true,
    description = {
      "List the pipelines that a node drives or hosts stages of.",
      "COMPUTE, WAIT and NETWORK are where the time of a step of generation goes: computed by the"
          + " stage, waiting for it, and on the way to the next one (from the last one back to the"
          + " first). RTT is the round trip on that way, PROMPT/S what the stage reads in a second."
    })
final class PipelinesCommand implements Callable<Integer> {
  private static final int ID_CHARS = 12;
  private static final int MODEL_CHARS = 28;

  private final Host host;

  @Spec private CommandSpec spec;

  @Mixin private final ServerOption server = new ServerOption();

  PipelinesCommand(Host host) {
    this.host = host;
  }

  @Override
  public Integer call() throws IOException {
    try (JsonCalls calls = new JsonCalls(server.base(spec, host, host.apiKey()))) {
      print(new JsonArray(calls.getText("/api/pipelines")), spec.commandLine().getOut());
      return 0;
    }
  }

  private static void print(JsonArray pipelines, PrintWriter out) {
    String row = "%-28s %-8s %-12s %-10s %10s %9s %9s %9s %9s %10s  %s%n";
    out.printf(
        row,
        "MODEL",
        "LAYERS",
        "NODE",
        "STATE",
        "MEMORY",
        "COMPUTE",
        "WAIT",
        "NETWORK",
        "RTT",
        "PROMPT/S",
        "PROGRESS");
    for (Object each : pipelines) {
      JsonObject pipeline = (JsonObject) each;
      String model = pipeline.getString("model");
      for (Object part : pipeline.getJsonArray("stages")) {
        JsonObject stage = (JsonObject) part;
        out.printf(
            row,
            shortened(model, MODEL_CHARS),
            "%d-%d"
                .formatted(
                    stage.getJsonArray("layers").getInteger(0),
                    stage.getJsonArray("layers").getInteger(1) - 1),
            shortened(stage.getString("node", "-"), ID_CHARS),
            stage.getString("state"),
            "%d MiB".formatted(stage.getLong("memory_bytes") >> 20),
            millis(generation(stage), "compute_ms"),
            millis(generation(stage), "wait_ms"),
            millis(generation(stage), "network_ms"),
            millis(stage, "round_trip_ms"),
            promptRate(stage),
            progress(stage));
      }
      if (pipeline.getDouble("step_ms", 0.0) > 0) {
        out.printf("  %s%n", summary(pipeline));
      }
      if (pipeline.containsKey("problem")) {
        out.printf("  %s%n", pipeline.getString("problem"));
      }
    }
    out.flush();
  }

  private static JsonObject generation(JsonObject stage) {
    return stage.getJsonObject("generation", new JsonObject());
  }

  /** Nothing where nothing was measured. */
  private static String millis(JsonObject times, String field) {
    double value = times.getDouble(field, 0.0);
    return value == 0 ? "-" : "%.2f ms".formatted(value);
  }

  private static String promptRate(JsonObject stage) {
    double rate =
        stage.getJsonObject("prompts", new JsonObject()).getDouble("tokens_per_second", 0.0);
    return rate == 0 ? "-" : "%.0f".formatted(rate);
  }

  private static String summary(JsonObject pipeline) {
    String step = "a step of generation takes %.2f ms".formatted(pipeline.getDouble("step_ms"));
    int recoveries = pipeline.getInteger("recoveries", 0);
    int recuts = pipeline.getInteger("recuts", 0);
    return step
        + (recoveries == 0
            ? ""
            : "; stages were lost %d times, the last pause was %.0f ms"
                .formatted(recoveries, pipeline.getDouble("last_pause_ms")))
        + (recuts == 0 ? "" : "; its layers were cut anew %d times".formatted(recuts));
  }

  private static String progress(JsonObject stage) {
    long total = stage.getLong("slice_bytes", 0L);
    return total == 0 ? "" : "%d%%".formatted(100 * stage.getLong("fetched_bytes") / total);
  }

  private static String shortened(String text, int chars) {
    return text.length() <= chars ? text : text.substring(0, chars);
  }
}
