package dev.flotilla.sharding.chain;

import dev.flotilla.engine.BatchScheduler;
import dev.flotilla.engine.EngineOptions;
import dev.flotilla.engine.EngineOptionsBuilder;
import dev.flotilla.engine.LocalChain;
import dev.flotilla.engine.Prompt;
import dev.flotilla.engine.Resuming;
import dev.flotilla.engine.Resuming.Engine;
import dev.flotilla.engine.SamplingOptions;
import dev.flotilla.engine.SessionRequest;
import dev.flotilla.engine.SessionSink;
import dev.flotilla.engine.Stage;
import dev.flotilla.engine.StopConditions;
import dev.flotilla.engine.simulated.SimulatedSpeed;
import dev.flotilla.engine.simulated.SimulatedStage;
import dev.flotilla.gguf.LayerRange;
import dev.flotilla.sharding.link.ActivationType;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Answers that were begun on one machine go on over the links of another replica. */
@Timeout(120)
class LinkedResumptionTest {
  private static final int LAYERS = 5;
  private static final int SLOTS = 2;
  private static final int CONTEXT = 128;
  private static final int[] PROMPT = "A ship left the harbour".chars().toArray();
  private static final SamplingOptions WARM =
      new SamplingOptions(
          1, 0, 1, 0, 1, 1, 0, 0, 0, Map.of(), 77, Optional.empty(), Optional.empty(), false, -1);

  private final List<TestingChain> chains = new ArrayList<>();

  @AfterEach
  void close() {
    chains.forEach(TestingChain::close);
  }

  @Test
  void goesOnInSlicesAndOneByOne() {
    Resuming resuming = new Resuming(LinkedResumptionTest::whole, sink -> linked(sink, false));
    resuming.assertSameAfterEveryCut(request(false), PROMPT);
    resuming.assertSameAfterEveryCut(request(true), PROMPT);
  }

  @Test
  void goesOnThoughStagesAreLost() {
    Resuming resuming = new Resuming(LinkedResumptionTest::whole, sink -> linked(sink, true));
    resuming.assertSameAfterEveryCut(request(false), PROMPT);
    resuming.assertSameAfterEveryCut(request(true), PROMPT);
  }

  private static Engine whole(SessionSink sink) {
    return Engine.of(
        new BatchScheduler(
            new LocalChain(stage(LayerRange.all(LAYERS))), options(), sink, System::nanoTime));
  }

  private Engine linked(SessionSink sink, boolean losing) {
    List<LayerRange> cut =
        List.of(new LayerRange(0, 2), new LayerRange(2, 3), new LayerRange(3, LAYERS));
    TestingChain chain;
    try {
      chain =
          new TestingChain(LinkedResumptionTest::stage, cut, ActivationType.F16, options(), sink);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    chains.add(chain);
    return new Engine(chain.scheduler(), () -> run(chain, losing));
  }

  private static void run(TestingChain chain, boolean losing) {
    try {
      for (int step = 0; chain.scheduler().runningSessions() > 0; step++) {
        if (losing && step == 3) {
          chain.lose(2);
        }
        chain.step();
      }
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  private static Stage stage(LayerRange layers) {
    return new SimulatedStage(SLOTS, CONTEXT, SimulatedSpeed.INSTANT, layers, LAYERS);
  }

  private static SessionRequest request(boolean deterministic) {
    return new SessionRequest(
        new Prompt.Tokens(PROMPT), WARM, new StopConditions(24, List.of()), true, deterministic);
  }

  private static EngineOptions options() {
    return EngineOptionsBuilder.simulated(CONTEXT)
        .slots(SLOTS)
        .queueLimit(4)
        .batchTokens(32)
        .build();
  }
}
