package dev.flotilla.cli;

import dev.flotilla.cli.config.EffectiveSettings;
import dev.flotilla.cli.config.Host;
import dev.flotilla.cli.config.NodeConfiguration;
import dev.flotilla.cli.config.NodeOptionsAssembly;
import dev.flotilla.cli.doctor.Check;
import dev.flotilla.cli.doctor.Checks;
import dev.flotilla.cli.doctor.Finding;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code flotilla doctor}: would {@code flotilla run} with the same options work? */
@Command(
    name = "doctor",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    abbreviateSynopsis = true,
    exitCodeListHeading = "%nExit status:%n",
    exitCodeList = {"0:nothing is in the way", "1:something is in the way"},
    description =
        "Check what a node needs: Java, libraries, folders, address, models, memory. Takes the same"
            + " options as run.")
final class DoctorCommand implements Callable<Integer> {

  private final Host host;

  @Spec private CommandSpec spec;

  private DoctorCommand(Host host) {
    this.host = host;
  }

  static CommandLine commandLine(Host host) {
    CommandLine command = new CommandLine(new DoctorCommand(host));
    NodeConfiguration.addFlags(command.getCommandSpec());
    return command;
  }

  @Override
  public Integer call() {
    EffectiveSettings settings = NodeConfiguration.load(spec.commandLine().getParseResult(), host);
    NodeOptionsAssembly assembly = new NodeOptionsAssembly(settings, host);
    boolean blocked = false;
    for (Check check : Checks.of(assembly.assemble(), assembly.backend())) {
      Finding finding = check.look();
      print(check, finding);
      blocked |= finding instanceof Finding.Blocking;
    }
    return blocked ? 1 : 0;
  }

  private void print(Check check, Finding finding) {
    PrintWriter out = spec.commandLine().getOut();
    String mark =
        switch (finding) {
          case Finding.Fine _ -> "ok";
          case Finding.Doubtful _ -> "warn";
          case Finding.Blocking _ -> "FAIL";
        };
    out.println("%-5s %-18s %s".formatted(mark, check.name(), finding.detail()));
    switch (finding) {
      case Finding.Fine _ -> {}
      case Finding.Doubtful(_, String remedy) -> remedy(remedy);
      case Finding.Blocking(_, String remedy) -> remedy(remedy);
    }
    out.flush();
  }

  private void remedy(String text) {
    spec.commandLine().getOut().println(" ".repeat(25) + text);
  }
}
