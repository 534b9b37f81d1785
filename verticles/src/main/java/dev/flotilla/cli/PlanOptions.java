package dev.flotilla.cli;

import picocli.CommandLine.Option;

/** What a plan is to be good at, for commands that show plans and those that carry one out. */
final class PlanOptions {
  @Option(
      names = "--objective",
      paramLabel = "WHAT",
      description = "latency of one stream, or throughput of all [${DEFAULT-VALUE}].",
      defaultValue = "latency")
  private String objective = "latency";

  @Option(
      names = "--min-nodes",
      paramLabel = "N",
      description = "Stages at least [${DEFAULT-VALUE}].",
      defaultValue = "1")
  private int minNodes = 1;

  String objective() {
    return objective;
  }

  int minNodes() {
    return minNodes;
  }
}
