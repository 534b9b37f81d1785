package dev.flotilla.benchmarks;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The benchmarks' command line; {@code benchmarks/README.md} explains it. */
@Command(
    name = "benchmarks",
    mixinStandardHelpOptions = true,
    description = "Measure Flotilla on this machine.",
    subcommands = {
      ForgeModels.class,
      ServerComparison.class,
      PromptStall.class,
      Footprint.class,
      SliceTransfer.class,
      GatewayOverhead.class,
      Formation.class,
      TlsCost.class,
      RpcComparison.class,
      ShardScaling.class,
      PlanPrediction.class,
    })
final class Benchmarks implements Runnable {

  @Spec private CommandSpec spec;

  private Benchmarks() {}

  /** Runs a benchmark; the exit status is 0 if it could be carried out. */
  public static void main(String[] arguments) {
    System.exit(new CommandLine(new Benchmarks()).execute(arguments));
  }

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "say which benchmark");
  }
}
