package dev.flotilla.node.shard;

import dev.flotilla.engine.EngineException;
import dev.flotilla.engine.EngineFailure;
import dev.flotilla.engine.EngineOptions;
import dev.flotilla.engine.metering.ChainFigures;
import dev.flotilla.engine.process.EngineCommand;
import dev.flotilla.engine.process.EngineReport;
import dev.flotilla.engine.process.EngineReport.Figures;
import dev.flotilla.engine.process.EngineReport.Listening;
import dev.flotilla.engine.process.EngineReport.Unusable;
import dev.flotilla.engine.process.StageRole;
import dev.flotilla.engine.process.StageRole.LinkIdentity;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.nio.file.Path;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A later stage of a pipeline in an engine process of this node: one life of it, from its start
 * until it is gone. Who drives the pipeline decides what to do then.
 */
public final class HostedStage {
  private static final Logger log = LoggerFactory.getLogger(HostedStage.class);
  private static final long PROBE_MILLIS = 150;
  private static final long BUSY_MILLIS = 2_000;

  private final Vertx vertx;
  private final EngineProcess process;
  private final Reports reports;
  private final Future<Integer> listening;
  private final Future<Integer> gone;

  private HostedStage(Vertx vertx, EngineProcess process, Reports reports) {
    this.vertx = vertx;
    this.process = process;
    this.reports = reports;
    this.listening = reports.listening.future();
    this.gone = reports.gone.future();
  }

  /**
   * Starts a stage. Never blocks.
   *
   * @param options with the file of the stage's layers
   * @param cacheFolder where native libraries are unpacked
   * @return the stage once its process runs; it still loads then
   */
  public static Future<HostedStage> start(
      Vertx vertx,
      EngineSource engines,
      EngineOptions options,
      Path cacheFolder,
      StageRole.Later role) {
    Reports reports = new Reports();
    return vertx.executeBlocking(
        () -> {
          EngineProcess process = engines.start(options.backend(), reports);
          process.send(new EngineCommand.Load(options, cacheFolder.toString(), role));
          return new HostedStage(vertx, process, reports);
        },
        false);
  }

  /** The port that it takes links on, once it is loaded; fails with an {@link EngineException}. */
  public Future<Integer> listening() {
    return listening;
  }

  /** Completes with the exit code when the process is gone. */
  public Future<Integer> gone() {
    return gone;
  }

  /**
   * Asks the process for a sign of life, and kills it if there is none. One that stands still is
   * known soon; one that only gets too little of a busy machine has longer.
   *
   * @return whether it gave one
   */
  public Future<Boolean> probe() {
    Future<Void> sign = reports.nextSign();
    process.send(new EngineCommand.Probe());
    return Future.any(sign, gone, vertx.timer(PROBE_MILLIS))
        .compose(_ ->
            sign.isComplete() || gone.isComplete() || process.isStopped()
                ? Future.succeededFuture()
                : Future.any(sign, gone, vertx.timer(BUSY_MILLIS)))
        .map(_ -> {
          if (!sign.isComplete()) {
            process.kill();
          }
          return sign.isComplete() && !gone.isComplete();
        });
  }

  /** What the stage has done, as its process said a few seconds ago at most. */
  public Optional<ChainFigures> figures() {
    return reports.figures;
  }

  /** Gives the process newer keys for its links. */
  public void renewLinks(LinkIdentity identity) {
    process.send(new EngineCommand.RenewLinks(identity));
  }

  /** The process. */
  public long pid() {
    return process.pid();
  }

  /** Ends the process. Completes when it is gone. */
  public Future<Void> stop() {
    return vertx.executeBlocking(
        () -> {
          process.stop();
          return null;
        },
        false);
  }

  private static final class Reports implements EngineProcess.Listener {
    private final Promise<Integer> listening = Promise.promise();
    private final Promise<Integer> gone = Promise.promise();
    private volatile Optional<ChainFigures> figures = Optional.empty();
    private Promise<Void> sign = Promise.promise();

    /** Completes with the next report. */
    synchronized Future<Void> nextSign() {
      return sign.future();
    }

    private synchronized Promise<Void> takeSign() {
      Promise<Void> given = sign;
      sign = Promise.promise();
      return given;
    }

    @Override
    public void report(EngineReport report) {
      takeSign().tryComplete();
      switch (report) {
        case Listening(int port) -> listening.tryComplete(port);
        case Figures(ChainFigures latest) -> figures = Optional.of(latest);
        case Unusable(EngineException failure) -> listening.tryFail(failure);
        default -> log.trace("a hosted stage reports {}", report);
      }
    }

    @Override
    public void gone(int exitCode) {
      listening.tryFail(
          new EngineException(
              EngineFailure.ENGINE_LOST,
              "the engine process of a stage was lost (exit code " + exitCode + ")"));
      gone.tryComplete(exitCode);
    }
  }
}
