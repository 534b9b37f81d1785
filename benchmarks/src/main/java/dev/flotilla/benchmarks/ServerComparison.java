package dev.flotilla.benchmarks;

import dev.flotilla.cli.bench.Bench;
import dev.flotilla.cli.bench.BenchPlan;
import dev.flotilla.cli.bench.BenchReport;
import dev.flotilla.cli.bench.Target;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Flotilla against llama-server: the same model, library, threads, context, slots and client. */
@Command(
    name = "compare",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = "Compare prompt rate, generation rate and time to first token with llama-server.")
final class ServerComparison implements Callable<Integer> {

  private static final int SLOTS = 8;
  private static final int PROMPT_TOKENS = 512;
  private static final int WARM_UP_TOKENS = 100;
  private static final long SEED = 1;
  private static final Duration PHASE_LIMIT = Duration.ofMinutes(10);

  @Mixin private WorkOptions work = new WorkOptions();
  @Mixin private ServerOptions options = new ServerOptions();

  @Option(
      names = "--repetitions",
      paramLabel = "N",
      defaultValue = "5",
      description = "How often each figure is measured, both servers in turn. [${DEFAULT-VALUE}]")
  private int repetitions;

  @Option(
      names = "--warm-up",
      paramLabel = "N",
      defaultValue = "10",
      description =
          "Answers of "
              + WARM_UP_TOKENS
              + " tokens that each server gives, one after another,"
              + " before anything counts; 0 shows what a fresh node does. [${DEFAULT-VALUE}]")
  private int warmUp;

  @Override
  public Integer call() throws IOException, InterruptedException {
    JsonObject results = new JsonObject();
    for (BenchmarkModel model : options.models()) {
      results.put(model.toString(), compare(model));
      Files.writeString(options.json(), results.encodePrettily());
    }
    return 0;
  }

  private JsonArray compare(BenchmarkModel model) throws IOException, InterruptedException {
    Path file = ForgeModels.require(model, work);
    JsonArray results = new JsonArray();
    try (ServerPair pair =
        ServerPair.start(options.shape(model, file, SLOTS), options.llamaServer(), work.folder())) {
      System.out.printf("%n== %s%n%s%n", model, pair.libraries());
      List<Target> targets = new ArrayList<>();
      for (MeasuredServer server : pair.servers()) {
        targets.add(server.target());
      }
      if (warmUp > 0) {
        new Bench(warmUp(), targets, _ -> {}).run();
      }
      for (BenchPlan plan : plans(model)) {
        var result = new Bench(plan, targets, _ -> {}).run();
        BenchReport report = new BenchReport(result);
        System.out.println(report.table());
        results.add(report.json());
      }
    }
    return results;
  }

  /**
   * Prompts and answers at one stream, then answers at as many as there are slots. Work is as much
   * as gives stable figures and no more: two cores take seconds for one prompt of the big models.
   * With the small one the servers are the cost, and Java code is compiled only once it has run
   * some ten thousand times: hence the longer warm-up.
   */
  private List<BenchPlan> plans(BenchmarkModel model) {
    return model.forged().isPresent()
        ? List.of(plan(1, PROMPT_TOKENS, 64, 1, 1), plan(SLOTS, 0, 64, 1, 1))
        : List.of(plan(1, PROMPT_TOKENS, 400, 5, 30), plan(SLOTS, 0, 200, 5, 5));
  }

  /** A server is measured as it runs for days; Java compiles what a token takes meanwhile. */
  private BenchPlan warmUp() {
    return plan(1, 0, WARM_UP_TOKENS, warmUp, 1, 0);
  }

  private BenchPlan plan(int clients, int promptTokens, int maxTokens, int requests, int warmUps) {
    return plan(clients, promptTokens, maxTokens, requests, repetitions, warmUps);
  }

  private static BenchPlan plan(
      int clients, int promptTokens, int maxTokens, int requests, int repeated, int warmUps) {
    return new BenchPlan(
        List.of(clients),
        promptTokens,
        maxTokens,
        requests,
        repeated,
        warmUps,
        false,
        false,
        true,
        SEED,
        PHASE_LIMIT);
  }
}
