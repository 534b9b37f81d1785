package dev.flotilla.sharding.chain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.flotilla.engine.Batch;
import dev.flotilla.engine.BatchScheduler;
import dev.flotilla.engine.EngineException;
import dev.flotilla.engine.EngineOptions;
import dev.flotilla.engine.EngineOptionsBuilder;
import dev.flotilla.engine.LocalChain;
import dev.flotilla.engine.Prompt;
import dev.flotilla.engine.RecordingSink;
import dev.flotilla.engine.SamplingOptions;
import dev.flotilla.engine.SessionEvent.Admitted;
import dev.flotilla.engine.SessionRequest;
import dev.flotilla.engine.Stage;
import dev.flotilla.engine.StageFacts;
import dev.flotilla.engine.StopConditions;
import dev.flotilla.engine.metering.ChainFigures;
import dev.flotilla.engine.metering.StageFigures;
import dev.flotilla.engine.simulated.SimulatedSpeed;
import dev.flotilla.engine.simulated.SimulatedStage;
import dev.flotilla.gguf.LayerRange;
import dev.flotilla.sharding.link.ActivationType;
import dev.flotilla.sharding.link.LinkFrame.Build;
import dev.flotilla.sharding.link.LinkTransport;
import dev.flotilla.sharding.link.StageAddress;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Simulated stages over real links: whatever happens, the answers are those of one stage. */
@Timeout(120)
class LinkedChainTest {
  private static final int LAYERS = 5;
  private static final int SLOTS = 4;
  private static final int CONTEXT = 512;

  private final long seed = Long.getLong("flotilla.test.seed", new Random().nextLong(1_000_000));
  private final Random random = new Random(seed);
  private final RecordingSink sink = new RecordingSink();
  private final Map<Long, String> prompts = new HashMap<>();

  @Test
  void answersAreThoseOfOneStage() throws Exception {
    try (TestingChain chain = chain(ActivationType.F16, 2, 1, 2)) {
      openRandomly(chain, 30);
      chain.runAll();
    }
    assertAnswersOfOneStage();
  }

  @Test
  void everyStageTellsWhatItHasDone() throws Exception {
    try (TestingChain chain = chain(ActivationType.F16, 2, 1, 2)) {
      openRandomly(chain, 6);
      chain.runAll();
      chain.lose(2);
      openRandomly(chain, 6);
      chain.runAll();
      ChainFigures figures = chain.chain().figures();
      assertThat(figures.recoveries()).isEqualTo(1);
      assertThat(figures.pauseSeconds()).isPositive();
      assertThat(figures.stepSeconds()).isPositive();
      assertThat(figures.stages())
          .extracting(StageFigures::layers)
          .containsExactly(new LayerRange(0, 2), new LayerRange(2, 3), new LayerRange(3, 5));
      double rows = figures.stages().getFirst().generation().rows();
      assertThat(rows).isPositive();
      for (StageFigures stage : figures.stages()) {
        assertThat(stage.generation().rows()).isEqualTo(rows);
        assertThat(stage.generation().computeSeconds()).isPositive();
        assertThat(stage.sentBytes() > 0).isEqualTo(stage.layers().to() < LAYERS);
      }
    }
    assertAnswersOfOneStage();
  }

  @Test
  void everyActivationTypeWorks() throws Exception {
    for (ActivationType type : List.of(ActivationType.F32, ActivationType.F16)) {
      try (TestingChain chain = chain(type, 1, 1, 1, 1, 1)) {
        openRandomly(chain, 5);
        chain.runAll();
      }
    }
    assertAnswersOfOneStage();
  }

  @Test
  void lostStagesAreOnlyADelay() throws Exception {
    try (TestingChain chain = chain(ActivationType.F16, 1, 2, 1, 1)) {
      for (int round = 0; round < 12; round++) {
        openRandomly(chain, 4);
        for (int steps = random.nextInt(60); steps > 0 && busy(chain); steps--) {
          chain.step();
        }
        chain.lose(1 + random.nextInt(3));
        if (random.nextInt(4) == 0) {
          chain.lose(1 + random.nextInt(3));
        }
      }
      chain.runAll();
    }
    assertAnswersOfOneStage();
  }

  @Test
  void withoutCapacitySessionsFailAndLaterOnesAreServedAgain() throws Exception {
    try (TestingChain chain = chain(ActivationType.F16, 2, 3)) {
      for (long session = 1; session <= 3; session++) {
        open(chain, session, "prompt " + session, 400, false);
        prompts.remove(session);
      }
      for (int steps = 0; steps < 10; steps++) {
        chain.step();
      }
      chain.setCapacity(false);
      chain.lose(1);
      chain.runAll();
      for (long session = 1; session <= 3; session++) {
        assertThat(sink.failure(session)).hasMessage("no machine is left");
      }
      chain.setCapacity(true);
      long session = 10;
      open(chain, session, "later", 5, false);
      chain.runAll();
      while (sink.hasFailed(session)) {
        prompts.remove(session);
        open(chain, ++session, "later", 5, false);
        chain.runAll();
      }
    }
    assertAnswersOfOneStage();
  }

  @Test
  void promptsGoOnFromWhatEveryStageHolds() throws Exception {
    try (TestingChain chain = chain(ActivationType.F16, 2, 3)) {
      open(chain, 1, "a long beginning of a story", 8, false);
      chain.runAll();
      open(chain, 2, "a long beginning of a story, and then another end", 8, false);
      chain.runAll();
      assertThat(((Admitted) sink.events(2).getFirst()).cachedTokens())
          .isEqualTo("a long beginning of a story".length());
    }
    assertAnswersOfOneStage();
  }

  @Test
  void cancelledSessionsFreeTheirSlots() throws Exception {
    try (TestingChain chain = chain(ActivationType.F16, 2, 3)) {
      for (long session = 1; session <= 2 * SLOTS; session++) {
        open(chain, session, "prompt " + session, 400, false);
      }
      for (int steps = 0; steps < 10; steps++) {
        chain.step();
      }
      for (long session = 1; session <= 2 * SLOTS; session++) {
        chain.scheduler().cancel(session);
        prompts.remove(session);
      }
      open(chain, 100, "the next one", 5, true);
      chain.runAll();
    }
    assertAnswersOfOneStage();
  }

  @Test
  void twoSessionsKeepBothStagesBusy() throws Exception {
    // The second stage finishes a token only once the first computes the other session's.
    Overlap overlap = new Overlap(batch -> batch.size() == 1, 2, 20);
    try (TestingChain chain = overlappingChain(overlap)) {
      for (long session = 1; session <= 2; session++) {
        prompts.put(session, "prompt " + session);
        SessionRequest request = request("prompt " + session, 40, false);
        chain.scheduler().open(session, request, ids("prompt " + session), 0);
      }
      while (sink.events(1).size() < 2 || sink.events(2).size() < 2) {
        chain.step();
      }
      chain.scheduler().grant(1, 1_000);
      chain.scheduler().grant(2, 1_000);
      chain.runAll();
    }
    assertThat(overlap.overlapped).isEqualTo(20);
    assertAnswersOfOneStage();
  }

  @Test
  void slicesOfAPromptFollowEachOther() throws Exception {
    Overlap overlap = new Overlap(batch -> batch.size() > 1, 1, 4);
    try (TestingChain chain = overlappingChain(overlap)) {
      open(chain, 1, "x".repeat(400), 2, false);
      chain.runAll();
    }
    assertThat(overlap.overlapped).isEqualTo(4);
    assertAnswersOfOneStage();
  }

  private TestingChain overlappingChain(Overlap overlap) throws Exception {
    return new TestingChain(
        layers -> new WatchedStage(stage(layers), overlap),
        List.of(new LayerRange(0, 2), new LayerRange(2, LAYERS)),
        ActivationType.F16,
        options(),
        sink);
  }

  /**
   * Makes the last stage wait with a batch until the first has computed one more, as soon as so
   * many sessions take part.
   */
  private static final class Overlap implements BiConsumer<StageFacts, Batch> {
    private final Predicate<Batch> concerned;
    private final int sessions;
    private final int times;
    private final Set<Integer> slots = new HashSet<>();
    private int computedFirst;
    private int computedLast;
    private int overlapped;

    Overlap(Predicate<Batch> concerned, int sessions, int times) {
      this.concerned = concerned;
      this.sessions = sessions;
      this.times = times;
    }

    @Override
    public synchronized void accept(StageFacts stage, Batch batch) {
      if (!concerned.test(batch)) {
        return;
      }
      if (stage.first()) {
        computedFirst++;
        notifyAll();
        return;
      }
      computedLast++;
      slots.add(batch.slot(0));
      if (slots.size() >= sessions && overlapped < times) {
        awaitFirst(computedLast + 1);
        overlapped++;
      }
    }

    private void awaitFirst(int count) {
      long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
      try {
        while (computedFirst < count) {
          long leftMillis = (deadline - System.nanoTime()) / 1_000_000;
          if (leftMillis <= 0) {
            throw new AssertionError("the first stage waits for the last");
          }
          wait(leftMillis);
        }
      } catch (InterruptedException e) {
        throw new AssertionError(e);
      }
    }
  }

  @Test
  void stagesOfOtherBuildsAreRefusedWithBothNamed() throws Exception {
    assertRefusedWithBothNamed(new Build("0.1", "b1"), new Build("0.2", "b1"));
    assertRefusedWithBothNamed(new Build("0.1", "b1"), new Build("0.1", "b2"));
  }

  private static void assertRefusedWithBothNamed(Build theirs, Build ours) throws Exception {
    ChainShape old = new ChainShape(theirs, "model", ActivationType.F16, 64);
    ChainShape young = new ChainShape(ours, "model", ActivationType.F16, 64);
    InetAddress loopback = InetAddress.getLoopbackAddress();
    try (StageHost host =
        StageHost.start(stage(new LayerRange(1, 5)), old, LinkTransport.plain(), loopback, 0)) {
      List<StageAddress> onward = List.of(new StageAddress(loopback.getHostAddress(), host.port()));
      assertThatThrownBy(() ->
              new LinkedChain(
                  stage(new LayerRange(0, 1)),
                  young,
                  LinkTransport.plain(),
                  _ -> new CompletableFuture<>(),
                  onward))
          .isInstanceOf(EngineException.class)
          .hasMessageContaining(theirs.toString())
          .hasMessageContaining(ours.toString());
    }
  }

  private static TestingChain chain(RecordingSink sink, ActivationType type, int... layers)
      throws Exception {
    List<LayerRange> cut = new ArrayList<>();
    int from = 0;
    for (int count : layers) {
      cut.add(new LayerRange(from, from + count));
      from += count;
    }
    return new TestingChain(LinkedChainTest::stage, cut, type, options(), sink);
  }

  private TestingChain chain(ActivationType type, int... layers) throws Exception {
    return chain(sink, type, layers);
  }

  private static Stage stage(LayerRange layers) {
    return new SimulatedStage(SLOTS, CONTEXT, SimulatedSpeed.INSTANT, layers, LAYERS);
  }

  private void openRandomly(TestingChain chain, int count) throws InterruptedException {
    for (int i = 0; i < count; i++) {
      String prompt =
          "once upon a time there was "
              .repeat(1 + random.nextInt(12))
              .substring(random.nextInt(20));
      open(chain, prompts.size() + 1, prompt, 1 + random.nextInt(40), random.nextInt(3) == 0);
      for (int steps = random.nextInt(6); steps > 0 && busy(chain); steps--) {
        chain.step();
      }
    }
  }

  private static boolean busy(TestingChain chain) {
    return chain.scheduler().runningSessions() + chain.scheduler().queuedSessions() > 0;
  }

  private void open(
      TestingChain chain, long session, String prompt, int maxTokens, boolean deterministic) {
    prompts.put(session, prompt);
    SessionRequest request = request(prompt, maxTokens, deterministic);
    chain.scheduler().open(session, request, ids(prompt), 1_000_000);
  }

  private void assertAnswersOfOneStage() {
    RecordingSink alone = new RecordingSink();
    BatchScheduler quiet =
        new BatchScheduler(
            new LocalChain(stage(LayerRange.all(LAYERS))), options(), alone, System::nanoTime);
    prompts.forEach((session, prompt) -> {
      assertThat(sink.hasEnded(session)).as("session %d, seed %d", session, seed).isTrue();
      int tokens = sink.finished(session).usage().completionTokens();
      quiet.open(session, request(prompt, tokens, false), ids(prompt), 1_000_000);
      while (!quiet.runnableSessions().isEmpty()) {
        quiet.step();
      }
      assertThat(sink.text(session))
          .as("session %d, seed %d", session, seed)
          .isEqualTo(alone.text(session));
    });
  }

  private static SessionRequest request(String prompt, int maxTokens, boolean deterministic) {
    return new SessionRequest(
        new Prompt.Tokens(ids(prompt)),
        SamplingOptions.GREEDY,
        new StopConditions(maxTokens, List.of()),
        true,
        deterministic);
  }

  private static int[] ids(String text) {
    return text.chars().toArray();
  }

  private static EngineOptions options() {
    return EngineOptionsBuilder.simulated(CONTEXT)
        .slots(SLOTS)
        .queueLimit(1_000)
        .batchTokens(64)
        .build();
  }
}
