package dev.flotilla.node.shard;

import dev.flotilla.engine.EngineException;
import dev.flotilla.engine.EngineFailure;
import dev.flotilla.engine.EngineOptions;
import dev.flotilla.engine.SessionEvent;
import dev.flotilla.engine.StageFacts;
import dev.flotilla.engine.metering.ChainFigures;
import dev.flotilla.engine.process.EngineCommand;
import dev.flotilla.engine.process.EngineReport;
import dev.flotilla.engine.process.EngineReport.CallFailed;
import dev.flotilla.engine.process.EngineReport.Detokenized;
import dev.flotilla.engine.process.EngineReport.Embedded;
import dev.flotilla.engine.process.EngineReport.Figures;
import dev.flotilla.engine.process.EngineReport.Found;
import dev.flotilla.engine.process.EngineReport.Happened;
import dev.flotilla.engine.process.EngineReport.Health;
import dev.flotilla.engine.process.EngineReport.Listening;
import dev.flotilla.engine.process.EngineReport.Loading;
import dev.flotilla.engine.process.EngineReport.Ready;
import dev.flotilla.engine.process.EngineReport.SessionFailed;
import dev.flotilla.engine.process.EngineReport.StageLost;
import dev.flotilla.engine.process.EngineReport.Tokenized;
import dev.flotilla.engine.process.EngineReport.Unusable;
import dev.flotilla.engine.process.StageRole;
import dev.flotilla.engine.process.StageRole.LinkIdentity;
import dev.flotilla.engine.process.StageRole.LinkTerms;
import dev.flotilla.engine.process.StageRole.StagePeer;
import dev.flotilla.node.shard.ChainPlacement.FirstStage;
import dev.flotilla.sharding.PipelineStatus.State;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the engine process of a pipeline alive: starts it, has its stages placed, and starts it
 * again when it is lost. What was in flight fails then. Any thread.
 */
final class EngineSupervisor {
  private static final Logger log = LoggerFactory.getLogger(EngineSupervisor.class);

  /** How often a long load is told of in the log. */
  private static final long TOLD_EVERY_NANOS = 2_000_000_000;

  private final Vertx vertx;
  private final String model;
  private final EngineOptions options;
  private final Path cacheFolder;
  private final EngineSource engines;
  private final RestartPolicy restarts;
  private final ChainPlacement placement;
  private final InFlight inFlight;
  private final AtomicInteger restartCount = new AtomicInteger();
  private final Promise<StageFacts> firstReady = Promise.promise();

  private volatile @Nullable EngineProcess engine;
  private volatile Health health = new Health(0);
  private volatile Optional<ChainFigures> figures = Optional.empty();
  private volatile Condition condition = new Condition(State.LOADING, 0, Optional.empty());
  private volatile Optional<StageFacts> facts = Optional.empty();
  private int lossesInARow;
  private long readySinceNanos;

  /** How it is, how far it is loaded, and what is wrong, if anything is. */
  record Condition(State state, double progress, Optional<EngineException> problem) {}

  /**
   * Of a process that is not started.
   *
   * @param inFlight what is asked of it: hears the answers
   */
  EngineSupervisor(
      Vertx vertx,
      String model,
      EngineOptions options,
      Path cacheFolder,
      EngineSource engines,
      RestartPolicy restarts,
      ChainPlacement placement,
      InFlight inFlight) {
    this.vertx = vertx;
    this.model = model;
    this.options = options;
    this.cacheFolder = cacheFolder;
    this.engines = engines;
    this.restarts = restarts;
    this.placement = placement;
    this.inFlight = inFlight;
  }

  Condition condition() {
    return condition;
  }

  /** What was loaded last. */
  Optional<StageFacts> facts() {
    return facts;
  }

  Health health() {
    return health;
  }

  Optional<ChainFigures> figures() {
    return figures;
  }

  int restarts() {
    return restartCount.get();
  }

  /** Starts it; what was loaded, once it is. Fails if it is given up. */
  Future<StageFacts> start() {
    launch();
    return firstReady.future();
  }

  private void launch() {
    var _ =
        placement
            .first(options)
            .compose(first ->
                vertx
                    .executeBlocking(() -> engines.start(options.backend(), new Reports()), false)
                    .onSuccess(started -> load(first, started)))
            .onSuccess(started -> {
              engine = started;
              if (condition.state() == State.DRAINING) {
                stopProcess(started);
              }
            })
            .onFailure(thrown ->
                giveUp(
                    thrown instanceof EngineException failure
                        ? failure
                        : new EngineException(
                            EngineFailure.INTERNAL, "can't start an engine process: " + thrown)));
  }

  private void load(FirstStage first, EngineProcess process) {
    switch (first) {
      case FirstStage.Whole(EngineOptions whole) -> load(whole, new StageRole.Whole(), process);
      case FirstStage.OfSeveral(
              EngineOptions own,
              LinkTerms terms,
              Future<List<StagePeer>> onward) -> {
        load(own, new StageRole.First(terms), process);
        link(onward, process);
      }
    }
  }

  private void load(EngineOptions stage, StageRole role, EngineProcess process) {
    process.send(new EngineCommand.Load(stage, cacheFolder.toString(), role));
  }

  private static void link(Future<List<StagePeer>> onward, EngineProcess process) {
    var _ =
        onward.onComplete(
            found -> process.send(new EngineCommand.Relink(found)),
            thrown -> process.send(new EngineCommand.NoStage(failure(thrown))));
  }

  /** Ends the engine process; sessions still running fail. The future completes when it is gone. */
  Future<Void> stop() {
    condition = new Condition(State.DRAINING, 1, Optional.empty());
    EngineProcess current = engine;
    return current == null ? Future.succeededFuture() : stopProcess(current);
  }

  private Future<Void> stopProcess(EngineProcess process) {
    return vertx.executeBlocking(
        () -> {
          process.stop();
          return null;
        },
        false);
  }

  /** Gives the process newer keys for its links. */
  void renewLinks(LinkIdentity identity) {
    sendAnyway(new EngineCommand.RenewLinks(identity));
  }

  /** Whether it takes requests, and has taken this one. */
  boolean send(EngineCommand command) {
    EngineProcess current = engine;
    return current != null && condition.state() == State.READY && current.send(command);
  }

  /** In any condition of the pipeline. */
  private void sendAnyway(EngineCommand command) {
    EngineProcess current = engine;
    if (current != null) {
      current.send(command);
    }
  }

  private static EngineException failure(Throwable thrown) {
    return thrown instanceof EngineException failure
        ? failure
        : new EngineException(EngineFailure.ENGINE_LOST, "no other stage: " + thrown);
  }

  /** Why it takes no requests. */
  EngineException unavailable() {
    Condition now = condition;
    return now.problem()
        .orElseGet(() ->
            new EngineException(
                now.state() == State.DRAINING ? EngineFailure.DRAINING : EngineFailure.ENGINE_LOST,
                switch (now.state()) {
                  case LOADING ->
                      "model %s is being loaded (%d%%)"
                          .formatted(model, Math.round(100 * now.progress()));
                  case DRAINING -> "this node is shutting down";
                  case READY, RESTARTING, FAILED ->
                      "the engine of model " + model + " takes no requests right now";
                }));
  }

  private void giveUp(EngineException problem) {
    if (condition.state() == State.DRAINING) {
      firstReady.tryFail(problem);
      return;
    }
    log.error("model {} can't be served: {}", model, problem.getMessage());
    condition = new Condition(State.FAILED, 0, Optional.of(problem));
    firstReady.tryFail(problem);
  }

  /** What one life of the engine process reports; all on its reader thread. */
  private final class Reports implements EngineProcess.Listener {
    private boolean ready;
    private Optional<EngineException> unlinked = Optional.empty();
    private long lastToldNanos = System.nanoTime();

    @Override
    public void report(EngineReport report) {
      switch (report) {
        case Loading(float progress) -> loading(progress);
        case Ready(StageFacts loaded) -> ready(loaded);
        case Unusable(EngineException failure) -> {
          // A stage was lost before it was linked: its process is started again with another.
          if (failure.failure() == EngineFailure.ENGINE_LOST) {
            unlinked = Optional.of(failure);
          } else {
            giveUp(failure);
          }
        }
        case Happened(long number, SessionEvent event) -> inFlight.happened(number, event);
        case SessionFailed(long number, EngineException failure) ->
            inFlight.failSession(number, failure);
        case Tokenized tokenized -> inFlight.answer(tokenized.call(), tokenized);
        case Detokenized detokenized -> inFlight.answer(detokenized.call(), detokenized);
        case Embedded embedded -> inFlight.answer(embedded.call(), embedded);
        case CallFailed(long call, EngineException failure) -> inFlight.failCall(call, failure);
        case Health latest -> health = latest;
        case Figures(ChainFigures latest) -> figures = Optional.of(latest);
        case StageLost loss -> replace(loss);
        case Found _, Listening _ -> log.error("model {}: unexpected report {}", model, report);
      }
    }

    private void replace(StageLost loss) {
      log.warn("model {}: stage {} is lost: {}", model, loss.stage(), loss.reason().getMessage());
      EngineProcess current = engine;
      if (current != null) {
        link(placement.replace(loss), current);
      }
    }

    private void loading(float progress) {
      if (System.nanoTime() - lastToldNanos > TOLD_EVERY_NANOS) {
        lastToldNanos = System.nanoTime();
        log.info("model {}: {}% loaded", model, Math.round(100 * progress));
      }
      if (condition.state() == State.LOADING) {
        condition = new Condition(State.LOADING, progress, Optional.empty());
      }
    }

    private void ready(StageFacts loaded) {
      ready = true;
      readySinceNanos = System.nanoTime();
      facts = Optional.of(loaded);
      if (condition.state() != State.DRAINING) {
        condition = new Condition(State.READY, 1, Optional.empty());
      }
      firstReady.tryComplete(loaded);
    }

    @Override
    public void gone(int exitCode) {
      boolean expected = condition.state() == State.DRAINING || condition.state() == State.FAILED;
      EngineException loss =
          condition
              .problem()
              .or(() -> unlinked)
              .orElseGet(() ->
                  new EngineException(
                      EngineFailure.ENGINE_LOST,
                      "the engine process of model "
                          + model
                          + (ready ? " was lost" : " died while it loaded the model")
                          + " (exit code "
                          + exitCode
                          + ")"));
      if (!expected) {
        restart(loss);
      }
      inFlight.failAll(loss);
    }

    private void restart(EngineException loss) {
      boolean wasHealthy =
          ready && System.nanoTime() - readySinceNanos > restarts.healthyMillis() * 1_000_000;
      lossesInARow = wasHealthy ? 1 : lossesInARow + 1;
      if (facts.isEmpty() && unlinked.isEmpty()) {
        // It has never worked: what crashes the loader once crashes it again.
        giveUp(loss);
        return;
      }
      long delayMillis = restarts.delayMillis(lossesInARow);
      log.warn("model {} is started again in {} ms: {}", model, delayMillis, loss.getMessage());
      condition = new Condition(State.RESTARTING, 0, Optional.of(loss));
      restartCount.incrementAndGet();
      vertx.setTimer(
          delayMillis,
          _ -> {
            if (condition.state() == State.RESTARTING) {
              launch();
            }
          });
    }
  }
}
