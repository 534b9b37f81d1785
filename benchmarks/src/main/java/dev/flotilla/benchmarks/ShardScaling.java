package dev.flotilla.benchmarks;

import dev.flotilla.benchmarks.TurnRates.Turn;
import dev.flotilla.cli.bench.Target;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** What a second machine brings to a model that it takes half of. */
@Command(
    name = "shards",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = "Compare a model over two machines with one core each with one such machine.")
final class ShardScaling implements Callable<Integer> {
  private static final int SLOTS = 8;
  private static final int THREADS = 1;
  private static final int SHORT_PROMPT_TOKENS = 16;

  @Mixin private WorkOptions work = new WorkOptions();
  @Mixin private TurnOptions options = new TurnOptions(2, 48, "shards.json");

  @Option(
      names = "--model",
      paramLabel = "NAME",
      defaultValue = "llama-1.1b-q4_k_m",
      description = "Which model, of: ${COMPLETION-CANDIDATES}. [${DEFAULT-VALUE}]")
  private BenchmarkModel model = BenchmarkModel.LLAMA_1B_Q4_K_M;

  @Option(
      names = "--figures",
      split = ",",
      paramLabel = "NAME",
      defaultValue = "stream,streams,prompt",
      description = "Which figures, of: ${COMPLETION-CANDIDATES}. [${DEFAULT-VALUE}]")
  private List<Figure> wanted = List.of();

  @Option(
      names = "--prompt-tokens",
      paramLabel = "N",
      defaultValue = "2048",
      description = "Length of the long prompt. [${DEFAULT-VALUE}]")
  private int promptTokens;

  /** What is measured, in tokens per second. */
  private enum Figure {
    STREAM("generation, 1 stream"),
    STREAMS("generation, 8 streams together"),
    PROMPT("prompt");

    private final String label;

    Figure(String label) {
      this.label = label;
    }

    /** On the command line. */
    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    Path file = ForgeModels.require(model, work);
    ServerShape shape = new ServerShape(file, THREADS, model.contextTokens(), SLOTS);
    Path folder = Files.createTempDirectory(work.folder(), "shards");
    try (CoreMachine one = CoreMachine.near(0);
        CoreMachine two = CoreMachine.near(1);
        MeasuredServer alone = alone(shape, one, folder);
        TwoMachines swarm = TwoMachines.start(folder, one, two, THREADS);
        MeasuredServer both = swarm.serve(shape, "both", false)) {
      ProcessFacts.requireOneCpuLibrary(
          List.of(alone.computing(), both.computing(), swarm.computing()));
      // What a node measures of itself once it has a model would take the cores from the first
      // turn.
      var _ = compare(Figure.STREAM, -1, alone.target(), both.target());
      Map<Figure, List<Turn>> figures = new EnumMap<>(Figure.class);
      for (int turn = 0; turn < options.turns(); turn++) {
        for (Figure figure : wanted) {
          figures
              .computeIfAbsent(figure, _ -> new ArrayList<>())
              .add(compare(figure, turn, alone.target(), both.target()));
        }
      }
      tell(figures);
    } finally {
      Folders.delete(folder);
    }
    return 0;
  }

  private static MeasuredServer alone(ServerShape shape, CoreMachine machine, Path folder)
      throws IOException {
    List<String> arguments = new ArrayList<>(List.of("run", "--address", machine.own() + ":0"));
    arguments.addAll(FlotillaServer.serving(shape));
    Path state = Files.createDirectories(folder.resolve("alone"));
    return FlotillaServer.start(machine.entering(), state, arguments);
  }

  /** The same of both, one after the other; who begins changes. */
  private Turn compare(Figure figure, int turn, Target alone, Target both)
      throws IOException, InterruptedException {
    if (turn % 2 == 0) {
      double first = rate(figure, turn, alone);
      return new Turn(first, rate(figure, turn, both));
    }
    double first = rate(figure, turn, both);
    return new Turn(rate(figure, turn, alone), first);
  }

  private double rate(Figure figure, int turn, Target target)
      throws IOException, InterruptedException {
    SplittableRandom random = new SplittableRandom(turn);
    return switch (figure) {
      case STREAM ->
          TimedAnswer.of(
                  target, PromptStall.words(random, SHORT_PROMPT_TOKENS), options.answerTokens())
              .generationRate();
      case STREAMS -> together(target, random);
      case PROMPT ->
          TimedAnswer.of(target, PromptStall.words(random, promptTokens), 1).promptRate();
    };
  }

  /** While all of them generate: from the last first token to the first end. */
  private double together(Target target, SplittableRandom random)
      throws IOException, InterruptedException {
    List<RunningStream> streams = new ArrayList<>();
    try {
      for (int stream = 0; stream < SLOTS; stream++) {
        streams.add(
            RunningStream.start(
                target,
                PromptStall.words(random, SHORT_PROMPT_TOKENS),
                2 * options.answerTokens()));
      }
      List<long[]> events = new ArrayList<>();
      for (RunningStream stream : streams) {
        stream.awaitEnd();
        events.add(stream.eventNanos());
      }
      return StallRates.together(events);
    } finally {
      for (RunningStream stream : streams) {
        stream.close();
      }
    }
  }

  private void tell(Map<Figure, List<Turn>> figures) throws IOException {
    System.out.printf("%n== %s, tokens/s%n", model);
    System.out.println(TurnRates.heading("one", "two"));
    JsonObject values = new JsonObject();
    figures.forEach((figure, noted) -> {
      TurnRates rates = new TurnRates(noted);
      System.out.println(rates.row(figure.label, 2));
      values.put(figure.toString(), rates.json("one", "two"));
    });
    options.write(values);
  }
}
