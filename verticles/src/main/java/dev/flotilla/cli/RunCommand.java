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
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

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
final class RunCommand implements Callable<Integer> {

  private static final Logger log = LoggerFactory.getLogger(RunCommand.class);

  private final Host host;
  private final NodeRunner runner;

  @Spec private CommandSpec spec;

  @Option(
      names = "--print-config",
      description = "Print every setting, its value and where it came from, and exit.")
  private boolean printConfig;

  private RunCommand(Host host, NodeRunner runner) {
    this.host = host;
    this.runner = runner;
  }

  static CommandLine commandLine(Host host, NodeRunner runner) {
    CommandLine command = new CommandLine(new RunCommand(host, runner));
    NodeConfiguration.addFlags(command.getCommandSpec());
    return command;
  }

  @Override
  public Integer call() {
    EffectiveSettings settings = NodeConfiguration.load(spec.commandLine().getParseResult(), host);
    NodeOptionsAssembly assembly = new NodeOptionsAssembly(settings, host);
    if (printConfig) {
      spec.commandLine().getOut().print(settings.print());
      spec.commandLine().getOut().flush();
      return 0;
    }
    Logging.configure(assembly.log());
    NodeConfiguration.unheeded(host).forEach(log::warn);
    NodeOptions options = assembly.assemble();
    return runner.run(options);
  }
}
