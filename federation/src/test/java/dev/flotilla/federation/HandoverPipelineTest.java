package dev.flotilla.federation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.flotilla.engine.EngineException;
import dev.flotilla.engine.EngineFailure;
import dev.flotilla.engine.Prompt;
import dev.flotilla.engine.SamplingOptions;
import dev.flotilla.engine.SessionEvent;
import dev.flotilla.engine.SessionEvent.Admitted;
import dev.flotilla.engine.SessionEvent.Finished;
import dev.flotilla.engine.SessionEvent.Generated;
import dev.flotilla.engine.SessionRequest;
import dev.flotilla.engine.StopConditions;
import io.smallrye.mutiny.helpers.test.AssertSubscriber;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class HandoverPipelineTest {
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final int LENGTH = 200;

  private final Vertx vertx = Vertx.vertx();
  private final FlakyPipeline before = new FlakyPipeline(vertx, 1, 0);
  private final FlakyPipeline after = new FlakyPipeline(vertx, 2, 0);
  private final HandoverPipeline pipeline = new HandoverPipeline(vertx, before);

  @AfterEach
  void close() throws Exception {
    await(vertx.close());
  }

  private static <T> T await(Future<T> future) throws Exception {
    return future.toCompletionStage().toCompletableFuture().get(30, TimeUnit.SECONDS);
  }

  private AssertSubscriber<SessionEvent> open(long seed, long demand) {
    SamplingOptions sampling =
        new SamplingOptions(
            1,
            0,
            1,
            0,
            1,
            1,
            0,
            0,
            0,
            Map.of(),
            seed,
            Optional.empty(),
            Optional.empty(),
            false,
            -1);
    SessionRequest request =
        new SessionRequest(
            new Prompt.Text("Once", true, false),
            sampling,
            new StopConditions(LENGTH, List.of()),
            true,
            false);
    AssertSubscriber<SessionEvent> reader = AssertSubscriber.create(demand);
    pipeline.open(request).subscribe().withSubscriber(reader);
    return reader;
  }

  private static void assertWhole(AssertSubscriber<SessionEvent> reader, long seed) {
    List<Integer> tokens = new ArrayList<>();
    int admissions = 0;
    for (SessionEvent event : reader.awaitCompletion(PATIENCE).getItems()) {
      switch (event) {
        case Admitted(int prompt, int cached) -> {
          admissions++;
          assertThat(prompt).isEqualTo(FlakyPipeline.PROMPT_TOKENS);
          assertThat(cached).isEqualTo(2);
        }
        case Generated generated -> {
          for (int token : generated.tokens()) {
            tokens.add(token);
          }
        }
        case Finished finished -> assertThat(finished.usage().completionTokens()).isEqualTo(LENGTH);
      }
    }
    assertThat(admissions).isEqualTo(1);
    assertThat(tokens)
        .containsExactlyElementsOf(
            IntStream.range(0, LENGTH).mapToObj(i -> FlakyPipeline.token(seed, i)).toList());
  }

  @Test
  void sessionsGoOnThereWhereverTheyAre() throws Exception {
    SeededSampling sampling = SeededSampling.begin();
    List<AssertSubscriber<SessionEvent>> readers = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      // They stand anywhere: not admitted, before the first token, in the middle.
      readers.add(open(i, sampling.random().nextInt(60)));
    }
    Future<Void> unused = pipeline.handOver(after);
    readers.forEach(reader -> reader.request(Long.MAX_VALUE));
    for (int i = 0; i < readers.size(); i++) {
      assertWhole(readers.get(i), i);
    }
    await(unused);
    assertThat(before.running()).as("seed %d", sampling.seed()).isZero();
    assertThat(after.wrongResumptions()).as("seed %d", sampling.seed()).isZero();
    assertThat(after.emitted()).isPositive();
    assertThat(pipeline.openSessions()).isZero();
  }

  @Test
  void theOldPipelineIsUnusedOnceItsLastSessionHasMoved() throws Exception {
    AssertSubscriber<SessionEvent> reader = open(7, 10);
    reader.awaitItems(10, PATIENCE);
    await(pipeline.handOver(after));

    reader.request(Long.MAX_VALUE);
    assertWhole(reader, 7);
    int emitted = after.emitted();
    assertWhole(open(8, Long.MAX_VALUE), 8);
    assertThat(after.emitted()).isGreaterThan(emitted);
  }

  @Test
  void callsGoToTheNewOneToo() throws Exception {
    before.down = true;
    await(pipeline.handOver(after));

    assertThat(await(pipeline.tokenize("four", true, true))).containsExactly(4);
  }

  @Test
  void aReaderThatHasGoneIsNotMoved() throws Exception {
    AssertSubscriber<SessionEvent> reader = open(1, 10);
    reader.awaitItems(10, PATIENCE);
    reader.cancel();
    await(pipeline.handOver(after));

    assertThat(pipeline.openSessions()).isZero();
    assertThat(after.emitted()).isZero();
  }

  @Test
  void aPipelineThatFailsSaysSo() throws Exception {
    AssertSubscriber<SessionEvent> reader = open(1, 10);
    reader.awaitItems(10, PATIENCE);
    after.down = true;
    await(pipeline.handOver(after));

    reader.request(Long.MAX_VALUE);
    assertThat(((EngineException) reader.awaitFailure(PATIENCE).getFailure()).failure())
        .isEqualTo(EngineFailure.ENGINE_LOST);
  }
}
