package dev.flotilla.cli;

import dev.flotilla.cli.config.Host;
import dev.flotilla.cli.config.NodeConfiguration;
import dev.flotilla.cli.config.NodeOptionsAssembly;
import dev.flotilla.node.NodeRunner;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** {@code flotilla worker}: a node that lends its memory until it is told to stop. */
@Command(
    name = "worker",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    abbreviateSynopsis = true,
    description = "Lend this machine to a swarm: it hosts stages of models that other nodes serve.",
    footer = {
      "",
      "It needs the swarm's token or an invite with the worker role, and serves no models of its"
          + " own. Options are those of run; of them --memory, --threads, --models-cache and"
          + " --cache-size say what is lent."
    })
final class WorkerCommand extends NodeCommand {

  private WorkerCommand(Host host, NodeRunner runner) {
    super(host, runner, NodeOptionsAssembly::assembleWorker);
  }

  static CommandLine commandLine(Host host, NodeRunner runner) {
    CommandLine command = new CommandLine(new WorkerCommand(host, runner));
    NodeConfiguration.addFlags(command.getCommandSpec());
    return command;
  }
}
