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
    CommandLine root = new CommandLine(new FlotillaCommand());
    root.addSubcommand(RunCommand.commandLine(host, runner));
    root.addSubcommand(WorkerCommand.commandLine(host, runner));
    root.addSubcommand(FederatedCommand.commandLine(host, runner));
    root.addSubcommand(new ChatCommand(host));
    root.addSubcommand(ModelsCommand.commandLine(host));
    root.addSubcommand(TokenCommand.commandLine(host));
    root.addSubcommand(new NodesCommand(host));
    root.addSubcommand(new PipelinesCommand(host));
    root.addSubcommand(new EventsCommand(host));
    root.addSubcommand(new TopologyCommand(host));
    root.addSubcommand(new PlanCommand(host));
    root.addSubcommand(new BenchCommand(host));
    root.addSubcommand(DoctorCommand.commandLine(host));
    root.addSubcommand(new VersionCommand());
    root.addSubcommand(new CompletionCommand());
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
