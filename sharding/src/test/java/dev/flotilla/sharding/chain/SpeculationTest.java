package dev.flotilla.sharding.chain;

import static org.assertj.core.api.Assertions.assertThat;

import dev.flotilla.engine.Batch;
import dev.flotilla.engine.BatchScheduler;
import dev.flotilla.engine.EngineOptions;
import dev.flotilla.engine.EngineOptionsBuilder;
import dev.flotilla.engine.LocalChain;
import dev.flotilla.engine.Prompt;
import dev.flotilla.engine.RecordingSink;
import dev.flotilla.engine.Sampler;
import dev.flotilla.engine.SamplingOptions;
import dev.flotilla.engine.SessionEvent;
import dev.flotilla.engine.SessionEvent.Generated;
import dev.flotilla.engine.SessionRequest;
import dev.flotilla.engine.Stage;
import dev.flotilla.engine.StageFacts;
import dev.flotilla.engine.StopConditions;
import dev.flotilla.engine.metering.ChainFigures;
import dev.flotilla.engine.simulated.SimulatedSpeed;
import dev.flotilla.engine.simulated.SimulatedStage;
import dev.flotilla.gguf.LayerRange;
import dev.flotilla.sharding.link.ActivationType;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Guessed tokens over the links of simulated stages: whatever was guessed, the answers are those of
 * one stage. Time is what the stages say, so that what pays does not depend on the machine.
 */
@Timeout(120)
class SpeculationTest {
  private static final int LAYERS = 5;
  private static final int SLOTS = 4;
  private static final int CONTEXT = 256;
  private static final long MILLI = 1_000_000;
  private static final List<LayerRange> CUT =
      List.of(new LayerRange(0, 2), new LayerRange(2, 3), new LayerRange(3, LAYERS));
  private static final SamplingOptions WARM =
      new SamplingOptions(
          1, 0, 1, 0, 1, 1, 0, 0, 0, Map.of(), 77, Optional.empty(), Optional.empty(), false, -1);

  private final long seed = Long.getLong("flotilla.test.seed", new Random().nextLong(1_000_000));
  private final Random random = new Random(seed);
  private final RecordingSink sink = new RecordingSink();
  private final Map<Long, SessionRequest> requests = new LinkedHashMap<>();
  private final AtomicLong clock = new AtomicLong();
  private final AtomicInteger trips = new AtomicInteger();
  private long tripNanos = 30 * MILLI;
  private long rowNanos = MILLI;
  private int period = 5;

  @Test
  void answersAreThoseOfOneStage() throws Exception {
    try (TestingChain chain = chain(true)) {
      openRandomly(chain, 60);
      chain.runAll();
      assertSomeRightAndSomeWrong(chain);
    }
    assertAnswersOfOneStage();
  }

  @Test
  void lostStagesAreOnlyADelay() throws Exception {
    try (TestingChain chain = chain(true)) {
      for (int round = 0; round < 12; round++) {
        openRandomly(chain, 4);
        for (int steps = random.nextInt(60); steps > 0 && busy(chain); steps--) {
          chain.step();
        }
        chain.lose(1 + random.nextInt(2));
      }
      chain.runAll();
      assertSomeRightAndSomeWrong(chain);
    }
    assertAnswersOfOneStage();
  }

  @Test
  void cancelledSessionsLeaveNoGuessesBehind() throws Exception {
    try (TestingChain chain = chain(true)) {
      for (long session = 1; session <= 60; session += 2) {
        String prompt = "abcabcabcab";
        open(chain, session, request(prompt, 200, SamplingOptions.GREEDY));
        for (int steps = 10 + random.nextInt(20); steps > 0 && busy(chain); steps--) {
          chain.step();
        }
        chain.scheduler().cancel(session);
        requests.remove(session);
        // What comes next begins with all that the slot may hold, guesses included.
        String text = prompt + sink.text(session);
        String guess = text.substring(text.length() - 3).repeat(5);
        open(chain, session + 1, request(text + guess, 20, SamplingOptions.GREEDY));
        for (int steps = random.nextInt(10); steps > 0 && busy(chain); steps--) {
          chain.step();
        }
        chain.lose(1 + random.nextInt(2));
        chain.runAll();
      }
      assertSomeRightAndSomeWrong(chain);
    }
    assertAnswersOfOneStage();
  }

  @Test
  void slotsOfSessionsThatFailWithGuessesOnTheirWayAreUsedAgain() throws Exception {
    try (TestingChain chain = chain(true)) {
      for (long session = 1; session <= SLOTS; session++) {
        open(chain, session, request("abcabcab" + session, 200, SamplingOptions.GREEDY));
      }
      while (chain.chain().figures().draftedTokens() < 20) {
        chain.step();
      }
      chain.setCapacity(false);
      chain.lose(1);
      chain.runAll();
      for (long session = 1; session <= SLOTS; session++) {
        assertThat(sink.hasFailed(session)).isTrue();
        requests.remove(session);
      }
      chain.setCapacity(true);
      for (long session = SLOTS + 1; !requests.containsKey(session - 1); session++) {
        open(chain, session, request("abcabcab" + session, 60, SamplingOptions.GREEDY));
        chain.runAll();
        if (sink.hasFailed(session)) {
          requests.remove(session);
        }
      }
    }
    assertAnswersOfOneStage();
  }

  @Test
  void aRepetitiveTextTakesFewTripsOverASlowLink() throws Exception {
    period = Integer.MAX_VALUE;
    int plain = trips(false);
    int speculating = trips(true);
    assertThat(plain).isEqualTo(200);
    assertThat(speculating).isLessThan(60);
    assertAnswersOfOneStage();
  }

  @Test
  void nothingIsGuessedWhereItDoesNotPay() throws Exception {
    tripNanos = MILLI / 10;
    rowNanos = 10 * MILLI;
    period = Integer.MAX_VALUE;
    assertThat(trips(true)).isBetween(180, 200);
    assertAnswersOfOneStage();
  }

  @Test
  void deterministicSessionsAreComputedTokenByToken() throws Exception {
    SessionRequest request =
        new SessionRequest(
            new Prompt.Tokens(ids("abcabcabc")),
            SamplingOptions.GREEDY,
            new StopConditions(100, List.of()),
            true,
            true);
    try (TestingChain chain = chain(true)) {
      open(chain, 1, request);
      chain.runAll();
      assertThat(chain.chain().figures().draftedTokens()).isZero();
    }
    assertAnswersOfOneStage();
  }

  @Test
  void noMoreIsShownThanTheReaderHasRoomFor() throws Exception {
    period = Integer.MAX_VALUE;
    SessionRequest request = request("abcabcabc", 60, SamplingOptions.GREEDY);
    try (TestingChain chain = chain(true)) {
      requests.put(1L, request);
      chain.scheduler().open(1, request, ids("abcabcabc"), 10);
      while (shown(1) < 10) {
        chain.step();
      }
      assertThat(chain.scheduler().runnableSessions()).isEmpty();
      assertThat(shown(1)).isEqualTo(10);
      chain.scheduler().grant(1, 100);
      chain.runAll();
    }
    assertAnswersOfOneStage();
  }

  private long shown(long session) {
    return sink.events(session).stream().filter(Generated.class::isInstance).count();
  }

  /** Trips for 200 tokens of one session. */
  private int trips(boolean speculation) throws Exception {
    trips.set(0);
    try (TestingChain chain = chain(speculation)) {
      open(chain, requests.size() + 1, request("abcabcabc", 200, SamplingOptions.GREEDY));
      chain.runAll();
    }
    return trips.get();
  }

  private TestingChain chain(boolean speculation) throws Exception {
    return new TestingChain(
        layers -> new WatchedStage(stage(layers), this::computed, this::sampler),
        CUT,
        ActivationType.F16,
        options(speculation),
        sink,
        clock::get);
  }

  private ForgetfulWriter sampler(Sampler sampler) {
    return new ForgetfulWriter(sampler, period);
  }

  /** A trip takes its time, whatever it computes, and every row some more. */
  private void computed(StageFacts stage, Batch batch) {
    if (stage.last()) {
      clock.addAndGet(tripNanos + rowNanos * batch.size());
      trips.addAndGet(hasOutput(batch) ? 1 : 0);
    }
  }

  private static boolean hasOutput(Batch batch) {
    return batch.output(batch.size() - 1);
  }

  private static Stage stage(LayerRange layers) {
    return new SimulatedStage(SLOTS, CONTEXT, SimulatedSpeed.INSTANT, layers, LAYERS);
  }

  private void openRandomly(TestingChain chain, int count) throws InterruptedException {
    for (int i = 0; i < count; i++) {
      String prompt = "abcacbabc".repeat(1 + random.nextInt(8)).substring(random.nextInt(8));
      SamplingOptions sampling = random.nextBoolean() ? WARM : SamplingOptions.GREEDY;
      open(chain, requests.size() + 1, request(prompt, 1 + random.nextInt(120), sampling));
      for (int steps = random.nextInt(20); steps > 0 && busy(chain); steps--) {
        chain.step();
      }
    }
  }

  private static boolean busy(TestingChain chain) {
    return chain.scheduler().runningSessions() + chain.scheduler().queuedSessions() > 0;
  }

  private void open(TestingChain chain, long session, SessionRequest request) {
    requests.put(session, request);
    chain.scheduler().open(session, request, tokens(request), 1_000_000);
  }

  private static int[] tokens(SessionRequest request) {
    return ((Prompt.Tokens) request.prompt()).ids();
  }

  private static SessionRequest request(String prompt, int maxTokens, SamplingOptions sampling) {
    List<String> stops = prompt.length() % 4 == 0 ? List.of("cabba") : List.of();
    return new SessionRequest(
        new Prompt.Tokens(ids(prompt)),
        sampling,
        new StopConditions(maxTokens, stops),
        true,
        false);
  }

  private void assertSomeRightAndSomeWrong(TestingChain chain) {
    ChainFigures figures = chain.chain().figures();
    assertThat(figures.acceptedTokens()).as("accepted, seed %d", seed).isPositive();
    assertThat(figures.draftedTokens())
        .as("drafted, seed %d", seed)
        .isGreaterThan(figures.acceptedTokens());
  }

  private void assertAnswersOfOneStage() {
    RecordingSink alone = new RecordingSink();
    Stage whole = new WatchedStage(stage(LayerRange.all(LAYERS)), (_, _) -> {}, this::sampler);
    BatchScheduler quiet =
        new BatchScheduler(new LocalChain(whole), options(true), alone, System::nanoTime);
    requests.forEach((session, request) -> {
      quiet.open(session, request, tokens(request), 1_000_000);
      while (!quiet.runnableSessions().isEmpty()) {
        quiet.step();
      }
      assertThat(answer(sink, session))
          .as("session %d, seed %d", session, seed)
          .isEqualTo(answer(alone, session));
    });
  }

  /** What was shown, token by token, and why it ended. */
  private static List<Object> answer(RecordingSink sink, long session) {
    return sink.events(session).stream().map(SpeculationTest::essence).toList();
  }

  private static Object essence(SessionEvent event) {
    return switch (event) {
      case Generated generated -> generated;
      case SessionEvent.Admitted admitted -> admitted.promptTokens();
      case SessionEvent.Finished finished ->
          List.of(finished.reason(), finished.usage().completionTokens());
    };
  }

  private static int[] ids(String text) {
    return text.chars().toArray();
  }

  private static EngineOptions options(boolean speculation) {
    return EngineOptionsBuilder.simulated(CONTEXT)
        .slots(SLOTS)
        .queueLimit(1_000)
        .batchTokens(64)
        .speculation(speculation)
        .build();
  }
}
