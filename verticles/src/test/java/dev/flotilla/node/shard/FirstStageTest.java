package dev.flotilla.node.shard;

import static org.assertj.core.api.Assertions.assertThat;

import dev.flotilla.engine.EngineException;
import dev.flotilla.engine.EngineFailure;
import dev.flotilla.engine.EngineOptions;
import dev.flotilla.engine.EngineOptionsBuilder;
import dev.flotilla.engine.StageFacts;
import dev.flotilla.engine.process.EngineReport.StageLost;
import dev.flotilla.engine.process.StageRole.LinkTerms;
import dev.flotilla.engine.process.StageRole.StagePeer;
import dev.flotilla.gguf.SharedFiles;
import dev.flotilla.sharding.PipelineStatus.State;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A first stage in a real engine process, whose other stages don't come. */
@Timeout(120)
class FirstStageTest {
  private static final LinkTerms TERMS = new LinkTerms("test", "m", "F32", Optional.empty());

  private final Path source = SharedFiles.require("models/stories260K.gguf");
  private final Vertx vertx = Vertx.vertx();
  @TempDir private Path folder;

  @AfterEach
  void close() throws Exception {
    done(vertx.close());
  }

  @Test
  void otherStagesAreSoughtAnewWhereTheyWereLost() throws Exception {
    EnginePipeline pipeline =
        pipeline(
            List.of(
                options -> several(options, failed(EngineFailure.ENGINE_LOST)),
                ChainPlacement.FirstStage.Whole::new));
    Future<StageFacts> started = pipeline.start();
    done(started);
    assertThat(started.result().layers().size()).isEqualTo(5);
    assertThat(pipeline.status().state()).isEqualTo(State.READY);
    assertThat(pipeline.status().restarts()).isOne();
    done(pipeline.stop());
  }

  @Test
  void aPipelineIsGivenUpWhereItCanNeverBeWhole() throws Exception {
    EnginePipeline pipeline =
        pipeline(List.of(options -> several(options, failed(EngineFailure.INTERNAL))));
    Future<StageFacts> started = pipeline.start();
    done(started.otherwiseEmpty());
    assertThat(started.cause()).hasMessage("no stage: INTERNAL");
    assertThat(pipeline.status().state()).isEqualTo(State.FAILED);
    done(pipeline.stop());
  }

  @Test
  void aStageThatWaitsForOthersCanBeStopped() throws Exception {
    Promise<List<StagePeer>> never = Promise.promise();
    EnginePipeline pipeline = pipeline(List.of(options -> several(options, never.future())));
    Future<StageFacts> started = pipeline.start();
    while (pipeline.status().loadProgress() < 1) {
      Thread.onSpinWait();
    }
    assertThat(pipeline.status().state()).isEqualTo(State.LOADING);
    done(pipeline.stop());
    assertThat(started.succeeded()).isFalse();
  }

  private static ChainPlacement.FirstStage several(
      EngineOptions options, Future<List<StagePeer>> onward) {
    return new ChainPlacement.FirstStage.OfSeveral(options, TERMS, onward);
  }

  private static Future<List<StagePeer>> failed(EngineFailure failure) {
    return Future.failedFuture(new EngineException(failure, "no stage: " + failure));
  }

  private EnginePipeline pipeline(List<Function<EngineOptions, ChainPlacement.FirstStage>> starts)
      throws Exception {
    return new EnginePipeline(
        vertx,
        ModelFile.read("m", source).card(),
        EngineOptionsBuilder.of(source, 512).slots(2).batchTokens(256).build(),
        folder,
        EngineLauncher.standard(),
        RestartPolicy.STANDARD,
        new Scripted(new ArrayDeque<>(starts)));
  }

  private static void done(Future<?> future) throws Exception {
    future.toCompletionStage().toCompletableFuture().get(60, TimeUnit.SECONDS);
  }

  /** Says something else at each start. */
  private record Scripted(Queue<Function<EngineOptions, FirstStage>> starts)
      implements ChainPlacement {
    @Override
    public Future<FirstStage> first(EngineOptions whole) {
      return Future.succeededFuture(starts.remove().apply(whole));
    }

    @Override
    public Future<List<StagePeer>> replace(StageLost loss) {
      return Future.failedFuture("nothing was linked");
    }
  }
}
