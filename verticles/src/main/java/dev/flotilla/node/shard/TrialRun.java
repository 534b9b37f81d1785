package dev.flotilla.node.shard;

import dev.flotilla.engine.EngineException;
import dev.flotilla.engine.EngineFailure;
import dev.flotilla.engine.EngineOptions;
import dev.flotilla.engine.metering.ChainFigures;
import dev.flotilla.engine.process.EngineCommand;
import dev.flotilla.engine.process.EngineReport;
import dev.flotilla.engine.process.EngineReport.Figures;
import dev.flotilla.engine.process.EngineReport.Unusable;
import dev.flotilla.engine.process.StageRole;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.nio.file.Path;

/** An engine process that shows how fast a stage is here, and ends. */
public final class TrialRun implements EngineProcess.Listener {
  /** A machine that takes longer is too slow to be of use. */
  private static final long LONGEST_MILLIS = 30_000;

  private final Promise<ChainFigures> figures = Promise.promise();

  private TrialRun() {}

  /**
   * Runs a stage for a moment. Never blocks.
   *
   * @param options with the file of the stage's layers, whose weights need not mean anything
   * @param cacheFolder where native libraries are unpacked
   */
  public static TrialRun start(
      Vertx vertx, EngineSource engines, EngineOptions options, Path cacheFolder) {
    TrialRun run = new TrialRun();
    vertx
        .executeBlocking(() -> engines.start(options.backend(), run), false)
        .onFailure(run.figures::tryFail)
        .onSuccess(process -> {
          process.send(
              new EngineCommand.Load(options, cacheFolder.toString(), new StageRole.Trial()));
          long timer = vertx.setTimer(LONGEST_MILLIS, _ -> process.kill());
          run.figures
              .future()
              .onComplete(_ -> vertx.cancelTimer(timer))
              .onFailure(_ -> process.kill());
        });
    return run;
  }

  /** What it did; fails with an {@link EngineException} if it can't be run. */
  public Future<ChainFigures> figures() {
    return figures.future();
  }

  /** Ends it: the machine is wanted for something else. */
  public void cancel() {
    figures.tryFail(new EngineException(EngineFailure.CANCELLED, "something else is computed"));
  }

  @Override
  public void report(EngineReport report) {
    if (report instanceof Figures(ChainFigures shown)) {
      figures.tryComplete(shown);
    } else if (report instanceof Unusable(EngineException failure)) {
      figures.tryFail(failure);
    }
  }

  @Override
  public void gone(int exitCode) {
    figures.tryFail(
        new EngineException(
            EngineFailure.ENGINE_LOST,
            "the engine process of a trial was lost (exit code " + exitCode + ")"));
  }
}
