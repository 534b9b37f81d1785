package dev.flotilla.cli;

import dev.flotilla.cli.config.Host;
import dev.flotilla.cli.config.NodeConfiguration;
import dev.flotilla.cli.config.NodeOptionsAssembly;
import dev.flotilla.node.NodeRunner;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** {@code flotilla run}: one node until it is told to stop. */
@Command(
    name = "run",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    abbreviateSynopsis = true,
    description = "Start a node that serves models.",
    footer = {
      "",
      "Every option can also be given as a variable (--context-size as FLOTILLA_CONTEXT_SIZE) or in"
          + " the configuration file (context-size: 4096). Flags win over variables, variables over"
          + " the file."
    })
final class RunCommand extends NodeCommand {

  private RunCommand(Host host, NodeRunner runner) {
    super(host, runner, NodeOptionsAssembly::assemble);
  }

  static CommandLine commandLine(Host host, NodeRunner runner) {
    CommandLine command = new CommandLine(new RunCommand(host, runner));
    NodeConfiguration.addFlags(command.getCommandSpec());
    return command;
  }
}
