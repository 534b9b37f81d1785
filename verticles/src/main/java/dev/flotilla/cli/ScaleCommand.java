package dev.flotilla.cli;

import dev.flotilla.cli.SwarmAdminCommands.AtNode;
import dev.flotilla.cli.config.Host;
import dev.flotilla.cli.config.NodeConfiguration;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code flotilla scale}: how many instances of a model a swarm is to run. */
@Command(
    name = "scale",
    mixinStandardHelpOptions = true,
    abbreviateSynopsis = true,
    description = {
      "Say how many instances of a model the swarm runs.",
      "It loads more while requests keep waiting, and unloads those that are idle."
    })
final class ScaleCommand extends AtNode {
  @Parameters(paramLabel = "MODEL", description = "A model that some node has.")
  private String model = "";

  @Option(
      names = "--min",
      paramLabel = "N",
      description = "Instances that it runs without requests too [${DEFAULT-VALUE}].",
      defaultValue = "0")
  private int min;

  @Option(
      names = "--max",
      paramLabel = "N",
      description = "Instances that requests may have it run.",
      required = true)
  private int max = 1;

  private ScaleCommand(Host host) {
    super(host);
  }

  static CommandLine commandLine(Host host) {
    CommandLine command = new CommandLine(new ScaleCommand(host));
    NodeConfiguration.addFolderFlags(command.getCommandSpec());
    return command;
  }

  @Override
  public Integer call() throws IOException {
    JsonObject wanted = new JsonObject().put("model_id", model).put("min", min).put("max", max);
    JsonObject decided = post("/api/replicas", wanted);
    out()
        .printf(
            "The swarm runs %d to %d instances of %s.%n",
            decided.getInteger("min"), decided.getInteger("max"), model);
    return 0;
  }
}
