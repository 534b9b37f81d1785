package dev.flotilla.node.trials;

import dev.flotilla.engine.EngineOptions;
import dev.flotilla.engine.EngineOptions.Backend;
import dev.flotilla.engine.EngineOptions.CacheType;
import dev.flotilla.engine.StageTrial;
import dev.flotilla.engine.metering.ChainFigures;
import dev.flotilla.node.shard.EngineSource;
import dev.flotilla.node.shard.TrialRun;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Computes with samples, as stages here would. One at a time; any thread. */
public final class TrialEngine {
  private final Vertx vertx;
  private final EngineSource engines;
  private final Backend backend;
  private final int threads;
  private final Path folder;
  private volatile @Nullable TrialRun last;

  /**
   * Nothing runs yet.
   *
   * @param engines where processes come from
   * @param backend of stages here
   * @param threads of stages here
   * @param folder for native libraries, and for the sample
   */
  public TrialEngine(Vertx vertx, EngineSource engines, Backend backend, int threads, Path folder) {
    this.vertx = vertx;
    this.engines = engines;
    this.backend = backend;
    this.threads = threads;
    this.folder = folder;
  }

  /** Does it, in an engine process that ends then. */
  public Future<ChainFigures> run(LayerSample sample) {
    return vertx
        .executeBlocking(() -> written(sample), false)
        .compose(file -> {
          TrialRun run = TrialRun.start(vertx, engines, options(file), folder);
          last = run;
          return run.figures()
              .eventually(() -> vertx.executeBlocking(() -> Files.deleteIfExists(file), false));
        });
  }

  /** Ends what runs, if anything does; it fails. */
  public void cancel() {
    TrialRun run = last;
    if (run != null) {
      run.cancel();
    }
  }

  private Path written(LayerSample sample) throws IOException {
    Path file = Files.createTempFile(Files.createDirectories(folder), "trial-", ".gguf");
    try {
      sample.slice().write(file);
      return file;
    } catch (IOException e) {
      Files.deleteIfExists(file);
      throw e;
    }
  }

  private EngineOptions options(Path file) {
    return new EngineOptions(
        file,
        backend,
        StageTrial.CONTEXT_TOKENS,
        1,
        0,
        StageTrial.PROMPT_ROWS,
        threads,
        threads,
        CacheType.F16,
        CacheType.F16,
        true,
        false,
        -1,
        Optional.empty(),
        false,
        false,
        false,
        Optional.empty(),
        false);
  }
}
