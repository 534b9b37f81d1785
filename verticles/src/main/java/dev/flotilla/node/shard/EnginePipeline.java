package dev.flotilla.node.shard;

import dev.flotilla.engine.EngineException;
import dev.flotilla.engine.EngineFailure;
import dev.flotilla.engine.EngineOptions;
import dev.flotilla.engine.Prompt;
import dev.flotilla.engine.SessionEvent;
import dev.flotilla.engine.SessionRequest;
import dev.flotilla.engine.StageFacts;
import dev.flotilla.engine.metering.ChainFigures;
import dev.flotilla.engine.process.EngineCommand;
import dev.flotilla.engine.process.EngineReport;
import dev.flotilla.engine.process.EngineReport.CallFailed;
import dev.flotilla.engine.process.EngineReport.Detokenized;
import dev.flotilla.engine.process.EngineReport.Embedded;
import dev.flotilla.engine.process.EngineReport.Figures;
import dev.flotilla.engine.process.EngineReport.Happened;
import dev.flotilla.engine.process.EngineReport.Health;
import dev.flotilla.engine.process.EngineReport.Listening;
import dev.flotilla.engine.process.EngineReport.Loading;
import dev.flotilla.engine.process.EngineReport.Ready;
import dev.flotilla.engine.process.EngineReport.SessionFailed;
import dev.flotilla.engine.process.EngineReport.StageLost;
import dev.flotilla.engine.process.EngineReport.Tokenized;
import dev.flotilla.engine.process.EngineReport.Unusable;
import dev.flotilla.engine.process.StageRole.LinkIdentity;
import dev.flotilla.sharding.Embeddings;
import dev.flotilla.sharding.ModelCard;
import dev.flotilla.sharding.Pipeline;
import dev.flotilla.sharding.PipelineStatus;
import dev.flotilla.sharding.PipelineStatus.State;
import io.smallrye.mutiny.Multi;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Flow;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongFunction;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A pipeline whose first stage, or only one, is in an engine process of this node. A process that
 * is lost is started again; what was in flight fails with {@link EngineFailure#ENGINE_LOST}. The
 * stages after it are found by a {@link ChainPlacement}; if one of those is lost, nothing fails.
 */
public final class EnginePipeline implements Pipeline {
  private static final Logger log = LoggerFactory.getLogger(EnginePipeline.class);

  /** How often a long load is told of in the log. */
  private static final long TOLD_EVERY_NANOS = 2_000_000_000;

  private final Vertx vertx;
  private final ModelCard model;
  private final EngineOptions options;
  private final Path cacheFolder;
  private final EngineSource engines;
  private final RestartPolicy restarts;
  private final ChainPlacement placement;

  private final InFlight inFlight = new InFlight();
  private final AtomicInteger restartCount = new AtomicInteger();
  private final Promise<StageFacts> firstReady = Promise.promise();

  private volatile @Nullable EngineProcess engine;
  private volatile Health health = new Health(0);
  private volatile Optional<ChainFigures> figures = Optional.empty();
  private volatile Condition condition = new Condition(State.LOADING, 0, Optional.empty());
  private volatile Optional<StageFacts> facts = Optional.empty();
  private int lossesInARow;
  private long readySinceNanos;

  private record Condition(State state, double progress, Optional<EngineException> problem) {}

  /** A pipeline of one stage that is not started. */
  public EnginePipeline(
      Vertx vertx,
      ModelCard model,
      EngineOptions options,
      Path cacheFolder,
      EngineSource engines,
      RestartPolicy restarts) {
    this(vertx, model, options, cacheFolder, engines, restarts, ChainPlacement.WHOLE);
  }

  /**
   * A pipeline that is not started.
   *
   * @param options of the stage in this process; their model is the first stage's file
   * @param cacheFolder where native libraries are unpacked
   * @param placement where the other stages are
   */
  public EnginePipeline(
      Vertx vertx,
      ModelCard model,
      EngineOptions options,
      Path cacheFolder,
      EngineSource engines,
      RestartPolicy restarts,
      ChainPlacement placement) {
    this.vertx = vertx;
    this.model = model;
    this.options = options;
    this.cacheFolder = cacheFolder;
    this.engines = engines;
    this.restarts = restarts;
    this.placement = placement;
  }

  /**
   * Starts the engine process. Never blocks.
   *
   * @return what was loaded, once it is; fails with an {@link EngineException} if it is given up
   */
  public Future<StageFacts> start() {
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
                    .onSuccess(started ->
                        started.send(
                            new EngineCommand.Load(
                                first.options(), cacheFolder.toString(), first.role()))))
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

  /** Ends the engine process; sessions still running fail. The future completes when it is gone. */
  public Future<Void> stop() {
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
  public void renewLinks(LinkIdentity identity) {
    sendAnyway(new EngineCommand.RenewLinks(identity));
  }

  @Override
  public ModelCard model() {
    return model;
  }

  @Override
  public PipelineStatus status() {
    Condition now = condition;
    int admitted = inFlight.admitted();
    return new PipelineStatus(
        now.state(),
        now.problem().map(EngineException::getMessage),
        now.progress(),
        options.slots(),
        admitted,
        Math.max(0, inFlight.sessions() - admitted),
        options.queueLimit(),
        facts.map(StageFacts::contextTokens).orElse(options.contextTokens()),
        restartCount.get(),
        health.residentBytes());
  }

  /** What its stages have done, as the engine process said a few seconds ago at most. */
  public Optional<ChainFigures> figures() {
    return figures;
  }

  @Override
  public Multi<SessionEvent> open(SessionRequest request) {
    Flow.Publisher<SessionEvent> publisher = subscriber -> subscribe(request, subscriber);
    return Multi.createFrom().publisher(publisher);
  }

  private void subscribe(SessionRequest request, Flow.Subscriber<? super SessionEvent> subscriber) {
    long number = inFlight.nextNumber();
    EngineSession session =
        new EngineSession(
            subscriber, vertx.getOrCreateContext(), new SessionControls(number, request));
    inFlight.add(number, session);
    subscriber.onSubscribe(session);
  }

  private final class SessionControls implements EngineSession.Controls {
    private final long number;
    private final SessionRequest request;

    SessionControls(long number, SessionRequest request) {
      this.number = number;
      this.request = request;
    }

    @Override
    public void open(int credit) {
      if (!send(new EngineCommand.Open(number, request, credit))) {
        inFlight.failSession(number, unavailable());
      }
    }

    @Override
    public void grant(int events) {
      send(new EngineCommand.Grant(number, events));
    }

    @Override
    public void close() {
      inFlight.forgetSession(number);
      send(new EngineCommand.Cancel(number));
    }
  }

  @Override
  public Future<int[]> tokenize(String text, boolean addSpecial, boolean parseSpecial) {
    return call(number -> new EngineCommand.Tokenize(number, text, addSpecial, parseSpecial))
        .map(report -> ((Tokenized) report).tokens());
  }

  @Override
  public Future<String> detokenize(int[] tokens) {
    return call(number -> new EngineCommand.Detokenize(number, tokens))
        .map(report -> ((Detokenized) report).text());
  }

  @Override
  public Future<Embeddings> embed(List<Prompt> prompts) {
    return call(number -> new EngineCommand.Embed(number, prompts))
        .map(report -> (Embedded) report)
        .map(embedded -> new Embeddings(embedded.vectors(), embedded.promptTokens()));
  }

  private Future<EngineReport> call(LongFunction<EngineCommand> command) {
    long number = inFlight.nextNumber();
    Future<EngineReport> answer = inFlight.call(number);
    if (!send(command.apply(number))) {
      inFlight.failCall(number, unavailable());
    }
    return onCallersContext(answer);
  }

  private Future<EngineReport> onCallersContext(Future<EngineReport> answer) {
    Promise<EngineReport> here = Promise.promise();
    Context context = vertx.getOrCreateContext();
    var _ = answer.onComplete(result -> context.runOnContext(_ -> here.handle(result)));
    return here.future();
  }

  private boolean send(EngineCommand command) {
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

  private EngineException unavailable() {
    Condition now = condition;
    return now.problem()
        .orElseGet(() ->
            new EngineException(
                now.state() == State.DRAINING ? EngineFailure.DRAINING : EngineFailure.ENGINE_LOST,
                switch (now.state()) {
                  case LOADING ->
                      "model %s is being loaded (%d%%)"
                          .formatted(model.id(), Math.round(100 * now.progress()));
                  case DRAINING -> "this node is shutting down";
                  case READY, RESTARTING, FAILED ->
                      "the engine of model " + model.id() + " takes no requests right now";
                }));
  }

  private void giveUp(EngineException problem) {
    log.error("model {} can't be served: {}", model.id(), problem.getMessage());
    condition = new Condition(State.FAILED, 0, Optional.of(problem));
    firstReady.tryFail(problem);
  }

  /** What one life of the engine process reports; all on its reader thread. */
  private final class Reports implements EngineProcess.Listener {
    private boolean ready;
    private boolean linkingFailed;
    private long lastToldNanos = System.nanoTime();

    @Override
    public void report(EngineReport report) {
      switch (report) {
        case Loading(float progress) -> loading(progress);
        case Ready(StageFacts loaded) -> ready(loaded);
        case Unusable(EngineException failure) -> {
          // A stage was lost before it was linked: its process is started again with another.
          linkingFailed = failure.failure() == EngineFailure.ENGINE_LOST;
          if (!linkingFailed) {
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
        case Listening _ -> log.error("the first stage of {} listens for links", model.id());
      }
    }

    private void replace(StageLost loss) {
      log.warn(
          "model {}: stage {} is lost: {}", model.id(), loss.stage(), loss.reason().getMessage());
      var _ =
          placement
              .replace(loss)
              .onComplete(
                  onward -> sendAnyway(new EngineCommand.Relink(onward)),
                  thrown -> sendAnyway(new EngineCommand.NoStage(failure(thrown))));
    }

    private void loading(float progress) {
      if (System.nanoTime() - lastToldNanos > TOLD_EVERY_NANOS) {
        lastToldNanos = System.nanoTime();
        log.info("model {}: {}% loaded", model.id(), Math.round(100 * progress));
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
              .orElseGet(() ->
                  new EngineException(
                      EngineFailure.ENGINE_LOST,
                      "the engine process of model "
                          + model.id()
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
      if (facts.isEmpty() && !linkingFailed) {
        // It has never worked: what crashes the loader once crashes it again.
        giveUp(loss);
        return;
      }
      long delayMillis = restarts.delayMillis(lossesInARow);
      log.warn("{}; it is started again in {} ms", loss.getMessage(), delayMillis);
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
