package dev.flotilla.benchmarks;

import java.nio.file.Path;
import java.util.List;
import picocli.CommandLine.Option;

/** What benchmarks of servers have in common. */
final class ServerOptions {

  @Option(
      names = "--llama-server",
      paramLabel = "FILE",
      required = true,
      description = "A stock llama-server to compare with; the README says how to build one.")
  private Path llamaServer;

  @Option(
      names = "--models",
      split = ",",
      paramLabel = "NAME",
      description = "Which models, of: ${COMPLETION-CANDIDATES}. [all]")
  private List<BenchmarkModel> models = List.of(BenchmarkModel.values());

  @Option(
      names = "--threads",
      paramLabel = "N",
      description = "Compute threads of each server. [all processors]")
  private int threads = Runtime.getRuntime().availableProcessors();

  @Option(
      names = "--json",
      paramLabel = "FILE",
      description = "Where the results are written too, with every value.")
  private Path json = Path.of("benchmark-results.json");

  Path llamaServer() {
    return llamaServer;
  }

  List<BenchmarkModel> models() {
    return models;
  }

  /** How both servers are started for a model. */
  ServerShape shape(BenchmarkModel model, Path file, int slots) {
    return new ServerShape(file, threads, model.contextTokens(), slots);
  }

  Path json() {
    return json;
  }
}
