package dev.flotilla.benchmarks;

import dev.flotilla.benchmarks.TurnRates.Turn;
import dev.flotilla.cli.bench.Bench;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/**
 * A model over two machines with a core each, at the ends of slow lines: by Flotilla and by
 * llama.cpp's RPC.
 */
@Command(
    name = "rpc",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = "Compare a model over two machines with llama.cpp's RPC, over slow lines.")
final class RpcComparison implements Callable<Integer> {
  private static final int SLOTS = 2;
  private static final int THREADS = 1;
  private static final int FIRST_PROMPT_TOKENS = 16;

  @Mixin private WorkOptions work = new WorkOptions();
  @Mixin private TurnOptions options = new TurnOptions(2, 32, "rpc.json");

  @Option(
      names = "--llama-server",
      paramLabel = "FILE",
      required = true,
      description = "A stock llama-server with RPC, ggml-rpc-server beside it; see the README.")
  private Path llamaServer = Path.of("");

  @Option(
      names = "--models",
      split = ",",
      paramLabel = "NAME",
      defaultValue = "stories260K,llama-1.1b-q4_k_m",
      description = "Which models, of: ${COMPLETION-CANDIDATES}. [${DEFAULT-VALUE}]")
  private List<BenchmarkModel> models = List.of();

  @Option(
      names = "--delays",
      split = ",",
      paramLabel = "MS",
      defaultValue = "0,2.5,5,10",
      description = "How long everything takes one way. [${DEFAULT-VALUE}]")
  private List<Double> delays = List.of();

  @Option(
      names = "--prompt-tokens",
      paramLabel = "N",
      defaultValue = "256",
      description = "Length of a prompt. [${DEFAULT-VALUE}]")
  private int promptTokens;

  /** What is compared, in one turn after the other. */
  private final Map<String, List<Turn>> figures = new LinkedHashMap<>();

  @Override
  public Integer call() throws IOException, InterruptedException {
    Path assembled = LlamaServer.assemble(llamaServer, work.folder());
    JsonObject results = new JsonObject();
    for (BenchmarkModel model : models) {
      Path file = ForgeModels.require(model, work);
      JsonObject ofModel = new JsonObject();
      results.put(model.toString(), ofModel);
      for (double delay : delays) {
        figures.clear();
        ServerShape shape = new ServerShape(file, THREADS, model.contextTokens(), SLOTS);
        measure(shape, assembled, Duration.ofNanos((long) (1e6 * delay)));
        ofModel.put(String.valueOf(delay), told(model, delay));
        options.write(results);
      }
    }
    return 0;
  }

  private void measure(ServerShape shape, Path assembled, Duration delay)
      throws IOException, InterruptedException {
    Path folder = Files.createTempDirectory(work.folder(), "rpc");
    try (CoreMachine one = CoreMachine.far(0, delay);
        CoreMachine two = CoreMachine.far(1, delay);
        RpcWorkers workers =
            RpcWorkers.start(assembled, List.of(one, two), THREADS, folder.resolve("rpc"));
        TwoMachines swarm = TwoMachines.start(folder, one, two, THREADS)) {
      // The machines are up; what follows is what one who wants an answer waits for.
      started("cold", () -> workers.serve(shape), () -> swarm.serve(shape, "plain", false)).close();
      try (Servers plain =
              started(
                  "warm", () -> workers.serve(shape), () -> swarm.serve(shape, "plain", false));
          MeasuredServer guessing = swarm.serve(shape, "guessing", true)) {
        requireSameLibraries(plain, workers, swarm);
        for (int turn = -1; turn < options.turns(); turn++) {
          compare(turn, plain, guessing);
        }
      }
    } finally {
      Folders.delete(folder);
    }
  }

  /** Starts a server. */
  @FunctionalInterface
  private interface Starting {
    MeasuredServer start() throws IOException, InterruptedException;
  }

  private record Servers(MeasuredServer rpc, MeasuredServer flotilla) implements AutoCloseable {
    @Override
    public void close() {
      flotilla.close();
      rpc.close();
    }
  }

  /** Starts both, one after the other, each until the first token of its first answer. */
  private Servers started(String how, Starting rpc, Starting flotilla)
      throws IOException, InterruptedException {
    List<Double> seconds = new ArrayList<>();
    MeasuredServer first = started(rpc, seconds);
    try {
      Servers both = new Servers(first, started(flotilla, seconds));
      note("start to first token, " + how + ", s", seconds.getFirst(), seconds.getLast());
      return both;
    } catch (IOException | InterruptedException | RuntimeException e) {
      first.close();
      throw e;
    }
  }

  private static MeasuredServer started(Starting starting, List<Double> seconds)
      throws IOException, InterruptedException {
    long begin = System.nanoTime();
    MeasuredServer server = starting.start();
    int[] prompt = PromptStall.words(new SplittableRandom(0), FIRST_PROMPT_TOKENS);
    TimedAnswer _ = TimedAnswer.of(server.target(), prompt, 1);
    seconds.add((System.nanoTime() - begin) / 1e9);
    return server;
  }

  private static void requireSameLibraries(Servers plain, RpcWorkers workers, TwoMachines swarm)
      throws IOException {
    List<ProcessHandle> computing = new ArrayList<>(workers.computing());
    computing.add(plain.flotilla().computing());
    computing.add(swarm.computing());
    ProcessFacts.requireOneCpuLibrary(computing);
  }

  /** One turn: all with the same new prompt; what begins changes. */
  private void compare(int turn, Servers plain, MeasuredServer guessing)
      throws IOException, InterruptedException {
    int[] prompt = PromptStall.words(new SplittableRandom(turn), promptTokens);
    List<MeasuredServer> servers = List.of(plain.rpc(), plain.flotilla(), guessing);
    TimedAnswer[] answers = new TimedAnswer[servers.size()];
    for (int i = 0; i < answers.length; i++) {
      int asked = turn % 2 == 0 ? i : answers.length - 1 - i;
      Thread.sleep(Bench.REST_MILLIS);
      answers[asked] = TimedAnswer.of(servers.get(asked).target(), prompt, options.answerTokens());
    }
    if (turn < 0) {
      return;
    }
    TimedAnswer rpc = answers[0];
    TimedAnswer flotilla = answers[1];
    TimedAnswer guessed = answers[2];
    note("prompt, tokens/s", rpc.promptRate(), flotilla.promptRate());
    note("generation, tokens/s", rpc.generationRate(), flotilla.generationRate());
    note("generation, guessing, tokens/s", rpc.generationRate(), guessed.generationRate());
  }

  private void note(String figure, double rpc, double flotilla) {
    figures.computeIfAbsent(figure, _ -> new ArrayList<>()).add(new Turn(rpc, flotilla));
  }

  private JsonObject told(BenchmarkModel model, double delay) {
    System.out.printf("%n== %s, %s ms each way%n", model, delay);
    System.out.println(TurnRates.heading("RPC", "Flotilla"));
    JsonObject values = new JsonObject();
    figures.forEach((figure, noted) -> {
      TurnRates rates = new TurnRates(noted);
      System.out.println(rates.row(figure, 2));
      values.put(figure, rates.json("rpc", "flotilla"));
    });
    return values;
  }
}
