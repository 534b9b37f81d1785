package dev.flotilla.sharding.chain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.flotilla.engine.BatchScheduler;
import dev.flotilla.engine.EngineException;
import dev.flotilla.engine.EngineOptions;
import dev.flotilla.engine.EngineOptions.Backend;
import dev.flotilla.engine.EngineOptions.CacheType;
import dev.flotilla.engine.LocalChain;
import dev.flotilla.engine.Prompt;
import dev.flotilla.engine.RecordingSink;
import dev.flotilla.engine.SamplingOptions;
import dev.flotilla.engine.SessionEvent.Admitted;
import dev.flotilla.engine.SessionRequest;
import dev.flotilla.engine.Stage;
import dev.flotilla.engine.StopConditions;
import dev.flotilla.engine.simulated.SimulatedSpeed;
import dev.flotilla.engine.simulated.SimulatedStage;
import dev.flotilla.gguf.LayerRange;
import dev.flotilla.sharding.link.ActivationType;
import dev.flotilla.sharding.link.LinkFrame.Build;
import dev.flotilla.sharding.link.LinkTransport;
import dev.flotilla.sharding.link.StageAddress;
import java.net.InetAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Simulated stages over real links: whatever happens, the answers are those of one stage. */
@Timeout(120)
class LinkedChainTest {
  private static final int LAYERS = 5;
  private static final int SLOTS = 4;
  private static final int CONTEXT = 512;

  private final long seed =
      Long.getLong("flotilla.test.seed", new Random().nextLong(1_000_000));
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
  void stagesOfOtherBuildsAreRefusedWithBothNamed() throws Exception {
    ChainShape old = new ChainShape(new Build("0.1", "b1"), "model", ActivationType.F16, 64);
    ChainShape young = new ChainShape(new Build("0.2", "b1"), "model", ActivationType.F16, 64);
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
          .hasMessageContaining("0.1")
          .hasMessageContaining("0.2");
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
      String prompt = "once upon a time there was ".repeat(1 + random.nextInt(12)).substring(
          random.nextInt(20));
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
    return new EngineOptions(
        Path.of("simulated"),
        Backend.CPU,
        CONTEXT,
        SLOTS,
        1_000,
        64,
        1,
        1,
        CacheType.F16,
        CacheType.F16,
        true,
        false,
        0,
        Optional.empty(),
        false,
        true,
        Optional.empty(),
        false);
  }
}
