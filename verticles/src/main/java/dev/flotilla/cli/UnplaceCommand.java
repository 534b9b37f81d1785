package dev.flotilla.cli;

import dev.flotilla.cli.config.Host;
import dev.flotilla.cli.config.NodeConfiguration;
import dev.flotilla.cli.http.JsonCalls;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code flotilla unplace}: has the swarm take down what it runs. */
@Command(
    name = "unplace",
    mixinStandardHelpOptions = true,
    abbreviateSynopsis = true,
    description = {
      "Have the swarm take down an instance that it runs; without ID, list them.",
      "Answers in progress may end, or go on at another instance of the model."
    },
    exitCodeListHeading = "Exit codes:%n",
    exitCodeList = {"0:it is decided", "1:the swarm refused, or there is no such instance"})
final class UnplaceCommand implements Callable<Integer> {
  private final Host host;

  @Spec private CommandSpec spec;

  @Mixin private final ServerOption server = new ServerOption();

  @Parameters(
      paramLabel = "ID",
      arity = "0..1",
      description = "An instance's id or its beginning, or a model that has one instance.")
  private String wanted = "";

  private UnplaceCommand(Host host) {
    this.host = host;
  }

  static CommandLine commandLine(Host host) {
    CommandLine command = new CommandLine(new UnplaceCommand(host));
    NodeConfiguration.addFolderFlags(command.getCommandSpec());
    return command;
  }

  @Override
  public Integer call() throws IOException {
    PrintWriter out = spec.commandLine().getOut();
    try (JsonCalls calls = NodeAccess.administer(spec, host, server)) {
      JsonObject instances = new JsonObject(calls.getText("/state/instances"));
      if (wanted.isEmpty()) {
        instances.forEach(each -> out.println(described((JsonObject) each.getValue())));
        return 0;
      }
      List<JsonObject> meant =
          instances.stream()
              .map(each -> (JsonObject) each.getValue())
              .filter(each ->
                  each.getString("id").startsWith(wanted)
                      || each.getString("model_id").equals(wanted))
              .toList();
      if (meant.size() != 1) {
        out.println(
            meant.isEmpty()
                ? "The swarm runs no instance '%s'.".formatted(wanted)
                : "'%s' means %d instances: give an id.".formatted(wanted, meant.size()));
        meant.forEach(each -> out.println(described(each)));
        return 1;
      }
      calls.delete("/instance/" + meant.getFirst().getString("id"));
      out.println(meant.getFirst().getString("id") + " is taken down.");
      return 0;
    }
  }

  private static String described(JsonObject instance) {
    return "%s  %s  %s  %d stage(s)"
        .formatted(
            instance.getString("id"),
            instance.getString("model_id"),
            instance.getString("status"),
            instance.getJsonArray("stages").size());
  }
}
