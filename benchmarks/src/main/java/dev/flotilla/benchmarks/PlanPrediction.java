package dev.flotilla.benchmarks;

import dev.flotilla.benchmarks.SlowedSwarm.Member;
import dev.flotilla.benchmarks.TurnRates.Turn;
import dev.flotilla.cli.bench.Target;
import dev.flotilla.cli.http.ApiBase;
import dev.flotilla.gguf.GgufModel;
import dev.flotilla.gguf.LayerRange;
import dev.flotilla.sharding.plan.Constraints;
import dev.flotilla.sharding.plan.ModelShape;
import dev.flotilla.sharding.plan.Planner;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.SequencedMap;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Whether plans are as fast as the planner says, and the one that it picks is the fastest. */
@Command(
    name = "predict",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = "Compare predicted with measured rates of plans over machines of unequal speed.")
final class PlanPrediction implements Callable<Integer> {
  private static final int SLOTS = 1;
  private static final int THREADS = 1;
  private static final int CONTEXT_TOKENS = 1024;
  private static final int PROMPT_TOKENS = 16;
  private static final int WARM_UP_TOKENS = 8;

  /** The one with the model's file, and workers: neither has the fastest the most memory. */
  private static final List<Member> MEMBERS =
      List.of(
          new Member("head", new CpuShare(1, 2), 700),
          new Member("w1", CpuShare.WHOLE, 560),
          new Member("w2", new CpuShare(1, 3), 900),
          new Member("w3", new CpuShare(2, 3), 600));

  @Spec private CommandSpec spec;

  @Mixin private WorkOptions work = new WorkOptions();
  @Mixin private TurnOptions options = new TurnOptions(3, 32, "predict.json");

  @Option(
      names = "--model",
      paramLabel = "NAME",
      defaultValue = "llama-1.1b-q4_k_m",
      description = "Which model, of: ${COMPLETION-CANDIDATES}. [${DEFAULT-VALUE}]")
  private BenchmarkModel model = BenchmarkModel.LLAMA_1B_Q4_K_M;

  @Option(
      names = "--workers",
      paramLabel = "N",
      defaultValue = "2",
      description = "Machines beside the one that has the model, 1 to 3. [${DEFAULT-VALUE}]")
  private int workers;

  @Option(
      names = "--delay",
      paramLabel = "MS",
      defaultValue = "5",
      description = "How long everything takes one way. [${DEFAULT-VALUE}]")
  private double delayMillis;

  /** Somebody's idea of where the model should run. */
  private record Idea(String name, SequencedMap<String, LayerRange> stages) {
    String label() {
      return stages.entrySet().stream()
          .map(stage -> stage.getKey() + " " + stage.getValue().size())
          .collect(Collectors.joining(", ", name + ": ", ""));
    }
  }

  /**
   * How an idea did.
   *
   * @param rates in each turn, what was predicted before anything had run and what was seen
   * @param afterwards what is predicted now that its stages have run
   * @param step what a token took in and between the stages
   * @param stolen part of the processors' time that the host took meanwhile
   */
  private record Outcome(
      Idea idea, TurnRates rates, double afterwards, StepTimes step, double stolen) {
    double measured() {
      return rates.other().median();
    }

    String rows() {
      return rates.row(idea.label(), 2)
          + String.format(
              Locale.ROOT,
              "  %9.2f %5.0f%%%n  of late a step took %.1f ms: %s, %.1f ms on the way; predicted"
                  + " %.1f ms",
              afterwards,
              100 * stolen,
              step.millis(),
              step.computing(),
              step.networkMillis(),
              1e3 / rates.base().median());
    }

    JsonObject json() {
      return new JsonObject()
          .put("plan", idea.label())
          .put("turns", rates.json("predicted", "measured"))
          .put("predictedAfterwards", afterwards)
          .put("stages", step.json())
          .put("stolen", stolen);
    }
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    Path file = ForgeModels.require(model, work);
    ModelShape shape = ModelShape.of(model.toString(), GgufModel.read(file));
    ServerShape server = new ServerShape(file, THREADS, CONTEXT_TOKENS, SLOTS);
    if (workers < 1 || workers >= MEMBERS.size()) {
      throw new ParameterException(spec.commandLine(), "there are 1 to 3 workers");
    }
    List<Member> members = MEMBERS.subList(0, workers + 1);
    Path folder = Files.createTempDirectory(work.folder(), "predict");
    Duration delay = Duration.ofNanos((long) (1e6 * delayMillis));
    try (SlowedSwarm swarm = new SlowedSwarm(folder, delay)) {
      ApiBase api = swarm.startHead(members.getFirst(), server, folder.resolve("models"));
      try (InstanceCalls calls = new InstanceCalls(api, shape, swarm::slowEngines)) {
        conclude(outcomes(members, swarm, calls, new Target(api, shape.id()), shape));
      }
    } finally {
      Folders.delete(folder);
    }
    return 0;
  }

  /**
   * Has one worker after another join, so that none tries layers beside another: their cores share
   * memory, and may be two threads of one.
   */
  private List<Outcome> outcomes(
      List<Member> members, SlowedSwarm swarm, InstanceCalls calls, Target target, ModelShape shape)
      throws IOException, InterruptedException {
    for (int i = 1; i < members.size(); i++) {
      swarm.startWorker(members.get(i));
      // The first of them has the head try layers too, which it does not while it is alone.
      calls.awaitSpeeds(i);
      swarm.slowDown();
      calls.awaitSpeeds(i + 1);
    }
    MeasuredTopology before = calls.awaitWays(members.size());
    tell(before, members);
    List<Outcome> outcomes = new ArrayList<>();
    for (Idea idea : ideas(calls.planned(), members, shape)) {
      Outcome outcome = outcome(idea, before, swarm, calls, target, shape);
      System.out.println(outcome.rows());
      outcomes.add(outcome);
    }
    return outcomes;
  }

  /** The planner's, and two that don't know how fast the machines are. */
  private static List<Idea> ideas(
      SequencedMap<String, LayerRange> planned, List<Member> members, ModelShape shape) {
    SequencedMap<String, Long> memory = new LinkedHashMap<>();
    members.forEach(member -> memory.put(member.name(), member.memoryMebibytes()));
    SequencedMap<String, Long> equal = new LinkedHashMap<>();
    equal.put(members.getFirst().name(), 1L);
    members.reversed().forEach(member -> equal.putIfAbsent(member.name(), 1L));
    return List.of(
        new Idea("planned", planned),
        new Idea("by memory", LayerSplit.proportional(memory, shape.layers())),
        new Idea("equal", LayerSplit.proportional(equal, shape.layers())));
  }

  private Outcome outcome(
      Idea idea,
      MeasuredTopology before,
      SlowedSwarm swarm,
      InstanceCalls calls,
      Target target,
      ModelShape shape)
      throws IOException, InterruptedException {
    double predicted = predicted(idea, before, shape);
    swarm.speedUp();
    String id = calls.place(idea.stages());
    swarm.slowDown();
    List<Turn> noted = new ArrayList<>();
    SplittableRandom random = new SplittableRandom(0);
    TimedAnswer _ = answer(target, random, WARM_UP_TOKENS);
    ProcessorTimes began = ProcessorTimes.now();
    for (int turn = 0; turn < options.turns(); turn++) {
      noted.add(
          new Turn(predicted, answer(target, random, options.answerTokens()).generationRate()));
    }
    double stolen = ProcessorTimes.now().stolenSince(began);
    StepTimes step = calls.stepTimes();
    double afterwards = predicted(idea, calls.topology(), shape);
    calls.unplace(id);
    return new Outcome(idea, new TurnRates(noted), afterwards, step, stolen);
  }

  private static TimedAnswer answer(Target target, SplittableRandom random, int tokens)
      throws IOException, InterruptedException {
    return TimedAnswer.of(target, PromptStall.words(random, PROMPT_TOKENS), tokens);
  }

  private static double predicted(Idea idea, MeasuredTopology known, ModelShape shape) {
    Constraints constraints = Constraints.DEFAULT.withSessions(SLOTS, CONTEXT_TOKENS);
    return Planner.predict(known.topology(), shape, constraints, idea.stages()).prediction().rate();
  }

  private void tell(MeasuredTopology known, List<Member> members) {
    System.out.printf(
        Locale.ROOT, "%n== %s, %d workers, %.1f ms each way%n", model, workers, delayMillis);
    for (Member member : members) {
      System.out.printf(
          Locale.ROOT,
          "%-6s %4s of a core, %s, %.2f ms a layer%n",
          member.name(),
          member.share(),
          member.memory(),
          known.layerMillis().getOrDefault(member.name(), Double.NaN));
    }
    known
        .topology()
        .links()
        .forEach(link ->
            System.out.printf(
                Locale.ROOT,
                "%s to %s: %.1f ms there and back%n",
                link.from(),
                link.to(),
                1e3 * link.rttSeconds()));
    System.out.printf(
        "%nlayers, tokens/s%n%s  afterwards stolen%n", TurnRates.heading("predicted", "measured"));
  }

  private void conclude(List<Outcome> outcomes) throws IOException {
    Outcome fastest =
        outcomes.stream().max(Comparator.comparingDouble(Outcome::measured)).orElseThrow();
    double furthest =
        outcomes.stream()
            .mapToDouble(outcome -> Math.abs(outcome.rates().ratio().median() - 1))
            .max()
            .orElseThrow();
    boolean isPlanned = fastest.equals(outcomes.getFirst());
    System.out.printf(
        Locale.ROOT,
        "%nThe fastest is \"%s\"%s; predictions are up to %.0f%% off.%n",
        fastest.idea().name(),
        isPlanned ? ", as planned" : ", not the planned one",
        100 * furthest);
    JsonArray values = new JsonArray();
    outcomes.forEach(outcome -> values.add(outcome.json()));
    options.write(new JsonObject().put("plans", values));
  }
}
