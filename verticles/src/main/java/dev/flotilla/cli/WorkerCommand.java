package dev.flotilla.cli;

import dev.flotilla.cli.config.EffectiveSettings;
import dev.flotilla.cli.config.Host;
import dev.flotilla.cli.config.NodeConfiguration;
import dev.flotilla.cli.config.NodeOptionsAssembly;
import dev.flotilla.node.NodeOptions;
import dev.flotilla.node.NodeRunner;
import java.util.concurrent.Callable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

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
final class WorkerCommand implements Callable<Integer> {
  private static final Logger log = LoggerFactory.getLogger(WorkerCommand.class);

  private final Host host;
  private final NodeRunner runner;

  @Spec private CommandSpec spec;

  private WorkerCommand(Host host, NodeRunner runner) {
    this.host = host;
    this.runner = runner;
  }

  static CommandLine commandLine(Host host, NodeRunner runner) {
    CommandLine command = new CommandLine(new WorkerCommand(host, runner));
    NodeConfiguration.addFlags(command.getCommandSpec());
    return command;
  }

  @Override
  public Integer call() {
    EffectiveSettings settings = NodeConfiguration.load(spec.commandLine().getParseResult(), host);
    NodeOptionsAssembly assembly = new NodeOptionsAssembly(settings, host);
    Logging.configure(assembly.log());
    NodeConfiguration.unheeded(host).forEach(log::warn);
    NodeOptions options = assembly.assembleWorker();
    return runner.run(options);
  }
}
