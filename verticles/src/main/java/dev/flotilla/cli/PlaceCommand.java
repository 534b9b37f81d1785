package dev.flotilla.cli;

import dev.flotilla.cli.config.Host;
import dev.flotilla.cli.config.NodeConfiguration;
import dev.flotilla.cli.http.ApiException;
import dev.flotilla.cli.http.JsonCalls;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code flotilla place}: has the swarm run a model. */
@Command(
    name = "place",
    mixinStandardHelpOptions = true,
    abbreviateSynopsis = true,
    description = {
      "Have the swarm run a model that some node has in its models folder, where it is fastest, and"
          + " wait until it serves.",
      "It stays until flotilla unplace takes it down, over restarts of all nodes."
    },
    exitCodeListHeading = "Exit codes:%n",
    exitCodeList = {
      "0:it serves (with --no-wait: it is decided)",
      "1:the swarm refused, or it can't be loaded",
      "2:wrong options",
      "3:it is decided, and was not ready in time"
    })
final class PlaceCommand implements Callable<Integer> {
  private static final long POLL_MILLIS = 500;
  private static final int NOT_READY = 3;

  private final Host host;

  @Spec private CommandSpec spec;

  @Mixin private final ServerOption server = new ServerOption();

  @Mixin private final PlanOptions wanted = new PlanOptions();

  @Parameters(paramLabel = "MODEL", description = "A model's name: its file's without .gguf.")
  private String model = "";

  @Option(names = "--no-wait", description = "Don't wait until it serves.")
  private boolean noWait;

  @Option(
      names = "--timeout",
      paramLabel = "TIME",
      description = "How long to wait [${DEFAULT-VALUE}].",
      converter = TimeSpan.class,
      defaultValue = "10m")
  private Duration timeout = Duration.ofMinutes(10);

  private PlaceCommand(Host host) {
    this.host = host;
  }

  static CommandLine commandLine(Host host) {
    CommandLine command = new CommandLine(new PlaceCommand(host));
    NodeConfiguration.addFolderFlags(command.getCommandSpec());
    return command;
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    PrintWriter out = spec.commandLine().getOut();
    try (JsonCalls calls = NodeAccess.administer(spec, host, server)) {
      JsonObject wish = wanted.of(model).put("command_id", UUID.randomUUID().toString());
      JsonObject instance = calls.post("/place_instance", wish).getJsonObject("instance");
      out.println(instance.getString("id") + " is decided: " + stages(calls, instance));
      out.flush();
      return noWait ? 0 : await(calls, instance.getString("id"), out);
    }
  }

  private static String stages(JsonCalls calls, JsonObject instance) throws IOException {
    JsonObject nodes = new JsonObject(calls.getText("/state/nodes"));
    return TopologyCommand.objects(instance.getJsonArray("stages")).stream()
        .map(stage ->
            "layers %d–%d at %s (%s)"
                .formatted(
                    stage.getInteger("from"),
                    stage.getInteger("to") - 1,
                    nodes
                        .getJsonObject(stage.getString("node"), new JsonObject())
                        .getString("name", stage.getString("node")),
                    TopologyCommand.gigabytes(stage.getLong("memory_bytes"))))
        .collect(Collectors.joining(" → "));
  }

  private int await(JsonCalls calls, String id, PrintWriter out)
      throws IOException, InterruptedException {
    long began = System.nanoTime();
    String told = "";
    while (System.nanoTime() - began < timeout.toNanos()) {
      JsonObject instance = instance(calls, id);
      String status = instance.getString("status");
      double seconds = (System.nanoTime() - began) / 1e9;
      switch (status) {
        case "ready" -> {
          out.printf("%s serves %s, after %.1f s%n", id, model, seconds);
          return 0;
        }
        case "failed", "removed" -> {
          out.printf("%s is %s: %s%n", id, status, instance.getString("problem", "taken down"));
          return 1;
        }
        default -> {
          String now = progress(calls, status);
          if (!now.equals(told)) {
            told = now;
            out.printf("%5.1f s  %s%n", seconds, now);
            out.flush();
          }
        }
      }
      Thread.sleep(POLL_MILLIS);
    }
    out.printf("%s is not ready yet; flotilla pipelines says how far it is%n", id);
    return NOT_READY;
  }

  private static JsonObject instance(JsonCalls calls, String id) throws IOException {
    try {
      return calls.get("/instance/" + id);
    } catch (ApiException e) {
      if (e.status() == 404) {
        return new JsonObject().put("status", "removed");
      }
      throw e;
    }
  }

  /** How far its stages are, where the asked node knows. */
  private String progress(JsonCalls calls, String status) throws IOException {
    for (Object each : new JsonArray(calls.getText("/api/pipelines"))) {
      if (each instanceof JsonObject pipeline && model.equals(pipeline.getString("model"))) {
        return TopologyCommand.objects(pipeline.getJsonArray("stages")).stream()
            .map(PlaceCommand::stage)
            .collect(Collectors.joining(", "));
      }
    }
    return status.equals("placed") ? "loading" : status;
  }

  private static String stage(JsonObject stage) {
    long whole = stage.getLong("slice_bytes", 0L);
    return stage.getString("state")
        + (whole > 0 ? " %d%%".formatted(100 * stage.getLong("fetched_bytes", 0L) / whole) : "");
  }
}
