package dev.flotilla.node.shard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.flotilla.engine.EngineException;
import dev.flotilla.engine.EngineFailure;
import dev.flotilla.engine.EngineOptionsBuilder;
import dev.flotilla.engine.Prompt;
import dev.flotilla.engine.SamplingOptions;
import dev.flotilla.engine.SessionEvent;
import dev.flotilla.engine.SessionRequest;
import dev.flotilla.engine.StopConditions;
import dev.flotilla.gguf.SharedFiles;
import dev.flotilla.sharding.PipelineStatus.State;
import io.smallrye.mutiny.helpers.test.AssertSubscriber;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A pipeline over real engine processes, sound and broken ones. */
class EnginePipelineTest {
  private final Vertx vertx = Vertx.vertx();
  @TempDir private Path cache;

  @AfterEach
  void close() throws Exception {
    await(vertx.close());
  }

  @Test
  void streamsAndHoldsBackWithoutDemand() throws Exception {
    EnginePipeline pipeline = pipeline(EngineLauncher.standard());
    await(pipeline.start());
    assertThat(pipeline.status().state()).isEqualTo(State.READY);

    AssertSubscriber<SessionEvent> subscriber = AssertSubscriber.create(4);
    pipeline.open(request(100)).subscribe().withSubscriber(subscriber);
    subscriber.awaitItems(4, Duration.ofSeconds(30)).assertNotTerminated();
    assertThat(subscriber.getItems()).hasSize(4);
    subscriber.request(1_000).awaitCompletion(Duration.ofSeconds(30));
    assertThat(subscriber.getLastItem()).isInstanceOf(SessionEvent.Finished.class);
    await(pipeline.stop());
  }

  @Test
  void cancelledSessionsAreForgotten() throws Exception {
    EnginePipeline pipeline = pipeline(EngineLauncher.standard());
    await(pipeline.start());
    AssertSubscriber<SessionEvent> subscriber = AssertSubscriber.create(Long.MAX_VALUE);
    pipeline.open(request(100_000)).subscribe().withSubscriber(subscriber);
    subscriber.awaitItems(3, Duration.ofSeconds(30));
    assertThat(pipeline.status().running()).isEqualTo(1);
    subscriber.cancel();
    assertThat(pipeline.status().running()).isZero();
    await(pipeline.stop());
  }

  @Test
  void anEngineThatCrashesWhileLoadingIsGivenUpWithAReason() {
    EnginePipeline pipeline = pipeline(broken(BrokenEngine.Crashes.class));
    assertThatThrownBy(() -> await(pipeline.start()))
        .hasRootCauseInstanceOf(EngineException.class)
        .hasRootCauseMessage(
            "the engine process of model m died while it loaded the model (exit code 134)");
    assertThat(pipeline.status().state()).isEqualTo(State.FAILED);
    assertThat(pipeline.status().restarts()).isZero();

    AssertSubscriber<SessionEvent> subscriber = AssertSubscriber.create(10);
    pipeline.open(request(3)).subscribe().withSubscriber(subscriber);
    Throwable failure = subscriber.awaitFailure(Duration.ofSeconds(10)).getFailure();
    assertThat(failure)
        .isInstanceOfSatisfying(
            EngineException.class,
            e -> assertThat(e.failure()).isEqualTo(EngineFailure.ENGINE_LOST));
  }

  @Test
  void anEngineThatSendsNonsenseIsStopped() {
    EnginePipeline pipeline = pipeline(broken(BrokenEngine.Babbles.class));
    assertThatThrownBy(() -> await(pipeline.start())).hasRootCauseInstanceOf(EngineException.class);
    assertThat(pipeline.status().state()).isEqualTo(State.FAILED);
  }

  private static EngineLauncher broken(Class<?> main) {
    return new EngineLauncher(main.getName(), List.of("-XX:+UseSerialGC"), 5_000, _ -> {});
  }

  private EnginePipeline pipeline(EngineLauncher launcher) {
    Path model = SharedFiles.require("models/stories260K.gguf");
    return new EnginePipeline(
        vertx,
        ModelFile.read("m", model).card(),
        EngineOptionsBuilder.of(model, 512)
            .slots(2)
            .queueLimit(8)
            .batchTokens(256)
            .contextShift(true)
            .build(),
        cache,
        launcher,
        RestartPolicy.STANDARD);
  }

  private static SessionRequest request(int maxTokens) {
    return new SessionRequest(
        new Prompt.Text("Once upon a time", true, false),
        SamplingOptions.GREEDY,
        new StopConditions(maxTokens, List.of()),
        true,
        false);
  }

  private static <T> T await(Future<T> future) throws Exception {
    return future.toCompletionStage().toCompletableFuture().get(60, TimeUnit.SECONDS);
  }
}
