package dev.flotilla.cli;

import dev.flotilla.cli.config.Host;
import dev.flotilla.node.NodeRunner;
import dev.flotilla.node.OptionException;
import java.io.IOException;
import java.io.PrintWriter;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code flotilla}: says what it can do. */
@Command(
    name = "flotilla",
    mixinStandardHelpOptions = true,
    versionProvider = VersionCommand.class,
    description = "Decentralised LLM inference on the machines you already have.",
    synopsisSubcommandLabel = "COMMAND")
final class FlotillaCommand implements Runnable {

  @Spec private CommandSpec spec;

  /**
   * The whole command line.
   *
   * @param host where defaults come from
   * @param runner what {@code run} starts
   */
  static CommandLine commandLine(Host host, NodeRunner runner) {
    return root(
        RunCommand.commandLine(host, runner),
        WorkerCommand.commandLine(host, runner),
        FederatedCommand.commandLine(host, runner),
        new ChatCommand(host),
        ModelsCommand.commandLine(host),
        TokenCommand.commandLine(host),
        new NodesCommand(host),
        new PipelinesCommand(host),
        new StatusCommand(host),
        DrainCommand.commandLine(host),
        new EventsCommand(host),
        new TopologyCommand(host),
        new PlanCommand(host),
        PlaceCommand.commandLine(host),
        UnplaceCommand.commandLine(host),
        ScaleCommand.commandLine(host),
        new BenchCommand(host),
        DoctorCommand.commandLine(host),
        new VersionCommand(),
        new CompletionCommand());
  }

  /**
   * The command line as far as {@code arguments} need it: making every command would cost a node
   * that starts a tenth of its time.
   */
  static CommandLine commandLineFor(String[] arguments, Host host, NodeRunner runner) {
    return switch (arguments.length == 0 ? "" : arguments[0]) {
      case "run" -> root(RunCommand.commandLine(host, runner));
      case "worker" -> root(WorkerCommand.commandLine(host, runner));
      case "federated" -> root(FederatedCommand.commandLine(host, runner));
      default -> commandLine(host, runner);
    };
  }

  private static CommandLine root(Object... commands) {
    CommandLine root = new CommandLine(new FlotillaCommand());
    for (Object command : commands) {
      root.addSubcommand(command);
    }
    root.setExecutionExceptionHandler((e, command, _) -> report(e, command));
    root.setUsageHelpAutoWidth(true);
    return root;
  }

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "Say what to do.");
  }

  /** A wrong option is the user's to mend; anything else is ours and shows where it happened. */
  private static int report(Exception failure, CommandLine command) {
    PrintWriter err = command.getErr();
    if (failure instanceof OptionException e) {
      err.println(e.getMessage());
      err.println("See: " + command.getCommandSpec().qualifiedName() + " --help");
      return command.getCommandSpec().exitCodeOnInvalidInput();
    }
    if (failure instanceof IOException e) {
      err.println(command.getCommandSpec().qualifiedName() + ": " + e.getMessage());
      return command.getCommandSpec().exitCodeOnExecutionException();
    }
    failure.printStackTrace(err);
    return command.getCommandSpec().exitCodeOnExecutionException();
  }
}
