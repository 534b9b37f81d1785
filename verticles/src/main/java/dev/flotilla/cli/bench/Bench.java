package dev.flotilla.cli.bench;

import dev.flotilla.cli.bench.BenchPlan.Phase;
import dev.flotilla.cli.http.JsonCalls;
import java.io.IOException;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * Carries out a plan. With two targets every repetition measures both, one soon after the other and
 * in turns first (A B, B A), so that a machine that slows down or speeds up meanwhile does so for
 * both.
 */
public final class Bench {
  /**
   * Between two servers on one machine: the threads of the one that was measured last may spin for
   * more work for a while (llama-server's for some 200 ms), on the cores that the next one needs.
   */
  public static final long REST_MILLIS = 500;

  private final BenchPlan plan;
  private final List<Target> targets;
  private final Consumer<String> progress;
  private long nextPrompt;

  /**
   * A benchmark.
   *
   * @param targets one, or two to compare
   * @param progress told what is being measured
   */
  public Bench(BenchPlan plan, List<Target> targets, Consumer<String> progress) {
    this.plan = plan;
    this.targets = List.copyOf(targets);
    this.progress = progress;
  }

  /**
   * Measures.
   *
   * @throws IOException if a target can't be reached or refuses a request
   */
  public BenchResult run() throws IOException, InterruptedException {
    PromptSource prompts;
    try (JsonCalls calls = new JsonCalls(targets.getFirst().api())) {
      prompts = PromptSource.calibrated(targets.getFirst(), plan, calls);
    }
    List<PhaseRun> runs =
        targets.stream().map(target -> new PhaseRun(target, plan, prompts)).toList();
    long startNanos = System.nanoTime();
    long startCpuNanos = cpuNanos();
    List<BenchResult.Series> series = new ArrayList<>();
    for (int clients : plan.concurrencies()) {
      series.addAll(measure(runs, clients));
    }
    double clientCpu = (double) (cpuNanos() - startCpuNanos) / (System.nanoTime() - startNanos);
    return new BenchResult(plan, targets, series, clientCpu);
  }

  private List<BenchResult.Series> measure(List<PhaseRun> runs, int clients)
      throws IOException, InterruptedException {
    warmUp(runs, clients);
    List<Map<Metric, double[]>> values = new ArrayList<>();
    runs.forEach(_ -> values.add(new EnumMap<>(Metric.class)));
    for (int repetition = 0; repetition < plan.repetitions(); repetition++) {
      for (Phase phase : plan.phases()) {
        long firstPrompt = takePrompts(clients * (long) plan.requests());
        for (int turn = 0; turn < runs.size(); turn++) {
          int target = repetition % 2 == 0 ? turn : runs.size() - 1 - turn;
          progress.accept(
              "%s, %s, %d at once, repetition %d of %d"
                  .formatted(
                      targets.get(target).api(),
                      phase,
                      clients,
                      repetition + 1,
                      plan.repetitions()));
          note(
              values.get(target),
              repetition,
              phase,
              run(runs.get(target), phase, clients, plan.requests(), firstPrompt));
        }
      }
    }
    List<BenchResult.Series> series = new ArrayList<>();
    for (int target = 0; target < runs.size(); target++) {
      series.add(new BenchResult.Series(target, clients, values.get(target)));
    }
    return series;
  }

  private void warmUp(List<PhaseRun> runs, int clients) throws IOException, InterruptedException {
    if (plan.warmUps() == 0) {
      return;
    }
    progress.accept("warming up for %d at once".formatted(clients));
    for (Phase phase : plan.phases()) {
      long firstPrompt = takePrompts(clients * (long) plan.warmUps());
      for (PhaseRun run : runs) {
        run(run, phase, clients, plan.warmUps(), firstPrompt);
      }
    }
  }

  private List<Answer> run(
      PhaseRun target, Phase phase, int clients, int requests, long firstPrompt)
      throws IOException, InterruptedException {
    if (targets.size() > 1) {
      Thread.sleep(REST_MILLIS);
    }
    return target.run(phase, clients, requests, firstPrompt);
  }

  private void note(
      Map<Metric, double[]> values, int repetition, Phase phase, List<Answer> answers) {
    for (Metric metric : Metric.values()) {
      if (metric.phase() == phase) {
        values.computeIfAbsent(metric, _ -> new double[plan.repetitions()])[repetition] =
            metric.of(answers);
      }
    }
  }

  /** Numbers of prompts that nobody has been asked before. */
  private long takePrompts(long count) {
    long first = nextPrompt;
    nextPrompt += count;
    return first;
  }

  private static long cpuNanos() {
    return ProcessHandle.current().info().totalCpuDuration().map(d -> d.toNanos()).orElse(0L);
  }
}
