package dev.flotilla.cli;

import dev.flotilla.cli.SwarmAdminCommands.AtNode;
import dev.flotilla.cli.config.Host;
import dev.flotilla.cli.config.NodeConfiguration;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.time.Duration;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code flotilla drain}: moves a node's sessions elsewhere before it leaves. */
@Command(
    name = "drain",
    mixinStandardHelpOptions = true,
    abbreviateSynopsis = true,
    description = {
      "Have gateways send a node nothing more and take its sessions elsewhere, and wait until none is"
          + " left.",
      "A node that is told to stop (SIGTERM, Ctrl-C) does the same by itself."
    })
final class DrainCommand extends AtNode {
  private static final long POLL_MILLIS = 500;

  @Option(names = "--undo", description = "Let sessions come again.")
  private boolean undo;

  @Option(
      names = "--timeout",
      paramLabel = "TIME",
      description = "How long to wait until no session is left [${DEFAULT-VALUE}].",
      converter = TimeSpan.class,
      defaultValue = "1m")
  private Duration timeout = Duration.ofMinutes(1);

  private DrainCommand(Host host) {
    super(host);
  }

  static CommandLine commandLine(Host host) {
    CommandLine command = new CommandLine(new DrainCommand(host));
    NodeConfiguration.addFolderFlags(command.getCommandSpec());
    return command;
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    int left = sessions();
    if (undo) {
      out().println("The node takes sessions again.");
      return 0;
    }
    long deadline = System.nanoTime() + timeout.toNanos();
    while (left > 0 && System.nanoTime() < deadline) {
      Thread.sleep(POLL_MILLIS);
      left = sessions();
    }
    out()
        .println(
            left == 0
                ? "The node is drained: it can be stopped."
                : left + " sessions are left: no other node takes them.");
    return left == 0 ? 0 : 1;
  }

  private int sessions() throws IOException {
    return post("/api/drain", new JsonObject().put("draining", !undo)).getInteger("sessions");
  }
}
