package dev.flotilla.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.flotilla.engine.SessionEvent.Admitted;
import dev.flotilla.engine.simulated.SimulatedSpeed;
import dev.flotilla.engine.simulated.SimulatedStage;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The scheduler over a stage that refuses rows at wrong positions and whose answers show every
 * mix-up.
 */
class BatchSchedulerTest {
  private final RecordingSink sink = new RecordingSink();
  private long sessions;

  @Test
  void answersDoNotDependOnCompanyOrderOrCache() {
    long seed = Long.getLong("flotilla.seed", System.nanoTime());
    Random random = new Random(seed);
    BatchScheduler busy = scheduler(options(4, 1000, 512, false));
    Map<Long, String> prompts = new HashMap<>();
    for (int i = 0; i < 300; i++) {
      // Shared beginnings, so that prefixes are found, cut and extended.
      String prompt = "shared beginning ".repeat(random.nextInt(6)) + "tail " + random.nextInt(20);
      long session = ++sessions;
      prompts.put(session, prompt);
      busy.open(
          session,
          request(prompt, 1 + random.nextInt(30), random.nextInt(8) == 0),
          bytes(prompt),
          Integer.MAX_VALUE);
      for (int steps = random.nextInt(12); steps > 0; steps--) {
        busy.step();
      }
      if (random.nextInt(10) == 0) {
        busy.cancel(session);
        prompts.remove(session);
      }
    }
    runAll(busy);
    assertThat(busy.runningSessions() + busy.queuedSessions()).isZero();

    RecordingSink alone = new RecordingSink();
    BatchScheduler quiet =
        new BatchScheduler(
            new LocalChain(new SimulatedStage(1, 512, SimulatedSpeed.INSTANT)),
            options(1, 10, 512, false),
            alone,
            System::nanoTime);
    prompts.forEach((session, prompt) -> {
      quiet.open(
          session,
          request(prompt, sink.finished(session).usage().completionTokens(), false),
          bytes(prompt),
          Integer.MAX_VALUE);
      runAll(quiet);
      assertThat(sink.text(session))
          .as("session %d, seed %d", session, seed)
          .isEqualTo(alone.text(session));
    });
  }

  @Test
  void refusesMoreThanTheQueueHolds() {
    BatchScheduler scheduler = scheduler(options(2, 3, 256, false));
    List<Long> opened = new ArrayList<>();
    for (int i = 0; i < 6; i++) {
      opened.add(open(scheduler, "prompt " + i, 5));
    }
    assertThat(sink.failure(opened.get(5)).failure()).isEqualTo(EngineFailure.QUEUE_FULL);
    runAll(scheduler);
    for (int i = 0; i < 5; i++) {
      assertThat(sink.finished(opened.get(i)).usage().completionTokens()).isEqualTo(5);
    }
  }

  @Test
  void freesNothingTwiceWhenCancelledTwice() {
    BatchScheduler scheduler = scheduler(options(1, 3, 256, false));
    long first = open(scheduler, "one", 50);
    long second = open(scheduler, "two", 3);
    scheduler.cancel(first);
    scheduler.cancel(first);
    scheduler.cancel(999);
    runAll(scheduler);
    assertThat(sink.hasEnded(first)).isFalse();
    assertThat(sink.hasEnded(second)).isTrue();
  }

  @Test
  void shiftsTheContextWhereAskedTo() {
    BatchScheduler scheduler = scheduler(options(1, 1, 64, true));
    long session = open(scheduler, "a prompt of some length", 500);
    runAll(scheduler);
    assertThat(sink.finished(session).reason()).isEqualTo(FinishReason.LENGTH);
    assertThat(sink.finished(session).usage().completionTokens()).isEqualTo(500);
    // What was shifted is no prefix of anything any more.
    long again = open(scheduler, "a prompt of some length", 3);
    runAll(scheduler);
    assertThat(((Admitted) sink.events(again).getFirst()).cachedTokens()).isZero();
  }

  @Test
  void keepsNothingOfASessionThatAsksForThat() {
    BatchScheduler scheduler = scheduler(options(1, 1, 256, false));
    long secret = ++sessions;
    SessionRequest uncached =
        new SessionRequest(
            new Prompt.Tokens(bytes("secret text")),
            SamplingOptions.GREEDY,
            new StopConditions(4, List.of()),
            false,
            false);
    scheduler.open(secret, uncached, bytes("secret text"), 100);
    runAll(scheduler);
    long next = open(scheduler, "secret text and more", 4);
    runAll(scheduler);
    assertThat(((Admitted) sink.events(next).getFirst()).cachedTokens()).isZero();
  }

  @Test
  void sessionsThatAreReplayedCatchUpOneAfterAnotherBeforeAllElse() {
    Replays replays = replay(new SimulatedSpeed(1_000_000, 0, 1_000_000));

    assertThat(replays.stepsOfFirst()).isBetween(200, 215);
    assertThat(replays.stepsOfSecond()).isBetween(400, 430);
    assertThat(replays.undisturbedTokens()).isLessThan(20);
  }

  @Test
  void theyLeaveHalfOfTheStepsToOthersAfterAMoment() {
    Replays replays = replay(new SimulatedSpeed(10_000_000, 0, 10_000_000));

    assertThat(replays.stepsOfFirst()).isBetween(310, 350);
    assertThat(replays.stepsOfSecond()).isBetween(560, 660);
    assertThat(replays.undisturbedTokens()).isBetween(150, 320);
  }

  /**
   * What became of two sessions that were replayed beside three others.
   *
   * @param stepsOfFirst until its reader heard of it again
   * @param undisturbedTokens of the three others until both were heard of
   */
  private record Replays(int stepsOfFirst, int stepsOfSecond, int undisturbedTokens) {}

  private Replays replay(SimulatedSpeed speed) {
    int delivered = 200;
    SessionRequest story = request("a story", 2 * delivered, true);
    long whole = ++sessions;
    BatchScheduler lost = scheduler(options(1, 1, 512, false));
    lost.open(whole, story, bytes("a story"), delivered);
    runAll(lost);
    SessionRequest rest =
        story.resumedAt(Resuming.progress(Resuming.generated(sink.events(whole))));

    BatchScheduler scheduler = scheduler(options(5, 5, 1024, false), speed, new long[1]);
    List<Long> undisturbed = new ArrayList<>();
    for (String prompt : List.of("one", "two", "three")) {
      undisturbed.add(++sessions);
      scheduler.open(sessions, request(prompt, 900, true), bytes(prompt), Integer.MAX_VALUE);
    }
    for (int i = 0; i < 20; i++) {
      scheduler.step();
    }
    int before = tokens(undisturbed);
    List<Long> resumed = new ArrayList<>();
    for (int i = 0; i < 2; i++) {
      resumed.add(++sessions);
      scheduler.open(sessions, rest, bytes("a story"), Integer.MAX_VALUE);
    }
    int[] steps = new int[2];
    for (int i = 0; i < 2; i++) {
      while (tokens(List.of(resumed.get(i))) == 0) {
        scheduler.step();
        steps[i]++;
      }
    }
    int meanwhile = tokens(undisturbed) - before;
    runAll(scheduler);
    for (long each : resumed) {
      assertThat(sink.finished(each).usage().completionTokens()).isEqualTo(2 * delivered);
    }
    return new Replays(steps[0], steps[0] + steps[1], meanwhile);
  }

  private int tokens(List<Long> opened) {
    return opened.stream().mapToInt(each -> Resuming.generated(sink.events(each)).size()).sum();
  }

  @Test
  void longPromptLeavesGenerationMoreThanHalfOfTheTime() {
    SimulatedSpeed speed = new SimulatedSpeed(2_000_000, 200_000, 100_000);
    long[] clock = {0};
    BatchScheduler scheduler = scheduler(options(2, 2, 4096, false), speed, clock);
    long running = open(scheduler, "short", 2000);
    long before = clock[0];
    while (sink.events(running).size() < 200) {
      scheduler.step();
    }
    double aloneRate = 200.0 / (clock[0] - before);

    long reading = open(scheduler, "x".repeat(2000), 1);
    int generatedBefore = sink.events(running).size();
    before = clock[0];
    long longestGap = 0;
    long lastToken = clock[0];
    int seen = generatedBefore;
    while (!sink.hasEnded(reading)) {
      scheduler.step();
      if (sink.events(running).size() > seen) {
        longestGap = Math.max(longestGap, clock[0] - lastToken);
        lastToken = clock[0];
        seen = sink.events(running).size();
      }
    }
    double rate = (double) (seen - generatedBefore) / (clock[0] - before);
    assertThat(rate / aloneRate).isBetween(0.5, 0.75);
    assertThat(longestGap).isLessThan(500_000_000);
  }

  @ParameterizedTest
  @CsvSource({"1, 1.01", "3, 1.01", "40, 1.1"})
  void shortPromptsThatArriveTogetherSoonGenerateTogether(int promptTokens, double mostOfBest) {
    // A model of 1.1 billion parameters on two cores.
    SimulatedSpeed speed = new SimulatedSpeed(45_000_000, 20_000_000, 20_000_000);
    long[] clock = {0};
    BatchScheduler scheduler = scheduler(options(8, 8, 2048, false), speed, clock);
    List<Long> all = new ArrayList<>();
    all.add(open(scheduler, "0" + "x".repeat(promptTokens - 1), 64));
    scheduler.step();
    for (int i = 1; i < 8; i++) {
      all.add(open(scheduler, i + "x".repeat(promptTokens - 1), 64));
    }
    long longestGap = 0;
    long lastToken = clock[0];
    int seen = 0;
    // Each has a slot beside those who generate already: they share passes over the weights.
    List<Long> inOrder = new ArrayList<>();
    while (!all.stream().allMatch(sink::hasEnded)) {
      scheduler.step();
      if (sink.events(all.getFirst()).size() > seen) {
        seen = sink.events(all.getFirst()).size();
        longestGap = Math.max(longestGap, clock[0] - lastToken);
        lastToken = clock[0];
      }
      all.stream()
          .filter(each -> !inOrder.contains(each) && sink.events(each).size() > 1)
          .forEach(inOrder::add);
    }
    assertThat(inOrder).isEqualTo(all);
    long prompts = speed.stepNanos(promptTokens, 0) + speed.stepNanos(7 * promptTokens, 0);
    long atBest = prompts + 64 * speed.stepNanos(0, 8);
    assertThat((double) clock[0] / atBest).isLessThan(mostOfBest);
    assertThat(longestGap).isLessThan(2_000_000_000);
  }

  @Test
  void whatShortPromptsWereLentIsGivenBack() {
    SimulatedSpeed speed = new SimulatedSpeed(45_000_000, 20_000_000, 20_000_000);
    long[] clock = {0};
    BatchScheduler scheduler = scheduler(options(2, 2, 8192, false), speed, clock);
    long running = open(scheduler, "running", 8000);
    while (sink.events(running).size() < 100) {
      scheduler.step();
    }
    double aloneRate = 1e9 / speed.stepNanos(0, 1);
    // One after another, without end: as bad as a long prompt, and no worse.
    long before = clock[0];
    int generatedBefore = sink.events(running).size();
    for (int i = 0; i < 50; i++) {
      long brief = open(scheduler, i + "x".repeat(98), 1);
      while (!sink.hasEnded(brief)) {
        scheduler.step();
      }
    }
    double seconds = (clock[0] - before) / 1e9;
    double rate = (sink.events(running).size() - generatedBefore) / seconds;
    assertThat(rate / aloneRate).isBetween(0.45, 0.75);
  }

  private BatchScheduler scheduler(EngineOptions options, SimulatedSpeed speed, long[] clock) {
    SimulatedStage stage =
        new SimulatedStage(options.slots(), options.contextTokens(), SimulatedSpeed.INSTANT);
    return new BatchScheduler(
        new LocalChain(new ClockedStage(stage, speed, clock)), options, sink, () -> clock[0]);
  }

  private BatchScheduler scheduler(EngineOptions options) {
    return new BatchScheduler(
        new LocalChain(
            new SimulatedStage(options.slots(), options.contextTokens(), SimulatedSpeed.INSTANT)),
        options,
        sink,
        System::nanoTime);
  }

  private long open(BatchScheduler scheduler, String prompt, int maxTokens) {
    long session = ++sessions;
    scheduler.open(session, request(prompt, maxTokens, false), bytes(prompt), Integer.MAX_VALUE);
    return session;
  }

  private static SessionRequest request(String prompt, int maxTokens, boolean deterministic) {
    return new SessionRequest(
        new Prompt.Tokens(bytes(prompt)),
        SamplingOptions.GREEDY,
        new StopConditions(maxTokens, List.of()),
        true,
        deterministic);
  }

  private static int[] bytes(String text) {
    return text.chars().toArray();
  }

  private static void runAll(BatchScheduler scheduler) {
    while (!scheduler.runnableSessions().isEmpty()) {
      scheduler.step();
    }
  }

  private static EngineOptions options(int slots, int queue, int context, boolean shift) {
    return EngineOptionsBuilder.simulated(context)
        .slots(slots)
        .queueLimit(queue)
        .contextShift(shift)
        .build();
  }

  /** Advances a clock by what a step would take, and takes no time. */
  private record ClockedStage(SimulatedStage stage, SimulatedSpeed speed, long[] clock)
      implements Stage {
    @Override
    public StageFacts facts() {
      return stage.facts();
    }

    @Override
    public Vocabulary vocabulary() {
      return stage.vocabulary();
    }

    @Override
    public boolean run(Batch batch) {
      int outputs = 0;
      for (int row = 0; row < batch.size(); row++) {
        outputs += batch.output(row) ? 1 : 0;
      }
      clock[0] += speed.stepNanos(batch.size() - outputs, outputs);
      return stage.run(batch);
    }

    @Override
    public void abort() {}

    @Override
    public boolean truncate(int slot, int length) {
      return stage.truncate(slot, length);
    }

    @Override
    public boolean canTrim() {
      return stage.canTrim();
    }

    @Override
    public boolean canShift() {
      return stage.canShift();
    }

    @Override
    public void shift(int slot, int from, int to) {
      stage.shift(slot, from, to);
    }

    @Override
    public Sampler sampler(SamplingOptions options) {
      return stage.sampler(options);
    }

    @Override
    public List<float[]> embed(List<int[]> sequences) {
      return stage.embed(sequences);
    }

    @Override
    public void close() {}
  }
}
