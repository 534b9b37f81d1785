package dev.flotilla.node.trials;

import static org.assertj.core.api.Assertions.assertThat;

import dev.flotilla.engine.EngineException;
import dev.flotilla.engine.EngineFailure;
import dev.flotilla.engine.EngineOptions.Backend;
import dev.flotilla.engine.metering.ChainFigures;
import dev.flotilla.engine.metering.StageFigures;
import dev.flotilla.gguf.GgufModel;
import dev.flotilla.gguf.HollowSlice;
import dev.flotilla.gguf.LayerRange;
import dev.flotilla.gguf.SharedFiles;
import dev.flotilla.node.shard.EngineLauncher;
import dev.flotilla.sharding.plan.ModelShape;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Samples in real engine processes. */
@Timeout(120)
class TrialEngineTest {
  private final Vertx vertx = Vertx.vertx();
  @TempDir private Path folder;

  @AfterEach
  void close() throws Exception {
    done(vertx.close());
  }

  private static void done(Future<?> future) throws Exception {
    future.toCompletionStage().toCompletableFuture().get(60, TimeUnit.SECONDS);
  }

  @Test
  void aTrialIsGivenUpAtOnce() throws Exception {
    GgufModel model = GgufModel.read(SharedFiles.require("models/stories260K.gguf"));
    LayerSample sample = LayerSample.of(ModelShape.of("m", model), model).orElseThrow();
    TrialEngine engine = new TrialEngine(vertx, EngineLauncher.standard(), Backend.CPU, 1, folder);
    engine.cancel();
    Future<ChainFigures> shown = engine.run(sample);
    while (!shown.isComplete()) {
      engine.cancel();
      Thread.onSpinWait();
    }
    assertThat(shown.cause())
        .isInstanceOfSatisfying(
            EngineException.class,
            gone -> assertThat(gone.failure()).isEqualTo(EngineFailure.CANCELLED));
    assertThat(folder).isDirectoryNotContaining("glob:**.gguf");
  }

  @Test
  void layersWithoutWeightsShowHowLongTheyTake() throws Exception {
    GgufModel model = GgufModel.read(SharedFiles.require("models/stories260K.gguf"));
    LayerSample sample = LayerSample.of(ModelShape.of("m", model), model).orElseThrow();
    TrialEngine engine = new TrialEngine(vertx, EngineLauncher.standard(), Backend.CPU, 1, folder);
    Future<ChainFigures> shown = engine.run(sample);
    done(shown);
    StageFigures figures = shown.result().stages().getFirst();
    assertThat(figures.layers()).isEqualTo(new LayerRange(1, 4));
    assertThat(figures.recentPrompts().rowsPerSecond()).isPositive();
    assertThat(figures.recentGeneration().rowsPerSecond()).isPositive();
    assertThat(folder).isDirectoryNotContaining("glob:**.gguf");

    HollowSlice broken = new HollowSlice(new byte[100], 200);
    Future<ChainFigures> refused = engine.run(new LayerSample(sample.shape(), broken));
    done(refused.otherwiseEmpty());
    assertThat(refused.failed()).isTrue();
    assertThat(folder).isDirectoryNotContaining("glob:**.gguf");
  }
}
