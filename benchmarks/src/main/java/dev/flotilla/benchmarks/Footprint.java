package dev.flotilla.benchmarks;

import dev.flotilla.benchmarks.ProcessFacts.Memory;
import dev.flotilla.cli.bench.Target;
import dev.flotilla.gguf.GgufModel;
import dev.flotilla.gguf.ModelFacts;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** How soon a node serves, and what memory it takes. */
@Command(
    name = "footprint",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = "Measure the time from start to ready, and resident memory.")
final class Footprint implements Callable<Integer> {

  private static final int SLOTS = 4;
  private static final int CONTEXT_TOKENS = 2048;
  private static final int ANSWER_TOKENS = 64;
  private static final double MIB = 1 << 20;

  /** Long enough for what a start leaves to be done: class loading, compilation. */
  private static final long IDLE_MILLIS = 3_000;

  @Mixin private WorkOptions work = new WorkOptions();

  @Option(
      names = "--starts",
      paramLabel = "N",
      defaultValue = "5",
      description = "How often each model's node is started. [${DEFAULT-VALUE}]")
  private int starts;

  @Option(names = "--threads", paramLabel = "N", description = "Compute threads. [all processors]")
  private int threads = Runtime.getRuntime().availableProcessors();

  @Option(
      names = "--models",
      split = ",",
      paramLabel = "NAME",
      description = "Which models, of: ${COMPLETION-CANDIDATES}. [all]")
  private List<BenchmarkModel> models = List.of(BenchmarkModel.values());

  @Option(names = "--json", paramLabel = "FILE", description = "Where the results are written too.")
  private Path json = Path.of("benchmark-footprint.json");

  @Override
  public Integer call() throws IOException, InterruptedException {
    JsonObject results = new JsonObject();
    for (BenchmarkModel model : models) {
      Path file = ForgeModels.require(model, work);
      System.out.printf(
          "%n== %s: file %.0f MiB, KV cache %.0f MiB%n",
          model, Files.size(file) / MIB, kvBytes(file) / MIB);
      System.out.printf(
          "%8s%12s%14s%20s%14s%20s  MiB%n",
          "ready s", "node idle", "engine idle", "(of which files)", "node after", "engine after");
      JsonArray rows = new JsonArray();
      for (int start = 0; start < starts; start++) {
        rows.add(measure(file));
      }
      results.put(model.toString(), rows);
      Files.writeString(json, results.encodePrettily());
    }
    return 0;
  }

  private JsonObject measure(Path file) throws IOException, InterruptedException {
    Path stateDir = Files.createDirectories(work.folder().resolve("node"));
    ServerShape shape = new ServerShape(file, threads, CONTEXT_TOKENS, SLOTS);
    try (FlotillaServer server = FlotillaServer.start(shape, stateDir)) {
      Thread.sleep(IDLE_MILLIS);
      Memory nodeIdle = ProcessFacts.memory(server.node());
      Memory engineIdle = ProcessFacts.memory(server.computing());
      Target target = server.target();
      try (RunningStream answer =
          RunningStream.start(target, IntStream.range(300, 316).toArray(), ANSWER_TOKENS)) {
        answer.awaitEnd();
      }
      Memory nodeAfter = ProcessFacts.memory(server.node());
      Memory engineAfter = ProcessFacts.memory(server.computing());
      double seconds = server.startUp().toNanos() / 1e9;
      System.out.printf(
          "%8.2f%12.0f%14.0f%20.0f%14.0f%20.0f%n",
          seconds,
          nodeIdle.bytes() / MIB,
          engineIdle.bytes() / MIB,
          engineIdle.fileBytes() / MIB,
          nodeAfter.bytes() / MIB,
          engineAfter.bytes() / MIB);
      return new JsonObject()
          .put("readySeconds", seconds)
          .put("nodeIdleBytes", nodeIdle.bytes())
          .put("engineIdleBytes", engineIdle.bytes())
          .put("engineIdleFileBytes", engineIdle.fileBytes())
          .put("nodeAfterBytes", nodeAfter.bytes())
          .put("engineAfterBytes", engineAfter.bytes());
    }
  }

  /** What the KV cache of all slots takes. */
  private static long kvBytes(Path file) throws IOException {
    ModelFacts facts = ModelFacts.of(GgufModel.read(file));
    long perToken =
        IntStream.range(0, facts.dimensions().layers())
            .mapToLong(facts.attention()::kvBytesPerToken)
            .sum();
    return perToken * CONTEXT_TOKENS * SLOTS;
  }
}
