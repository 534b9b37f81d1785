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
import dev.flotilla.engine.process.EngineReport.Detokenized;
import dev.flotilla.engine.process.EngineReport.Embedded;
import dev.flotilla.engine.process.EngineReport.Tokenized;
import dev.flotilla.engine.process.StageRole.LinkIdentity;
import dev.flotilla.sharding.Embeddings;
import dev.flotilla.sharding.ModelCard;
import dev.flotilla.sharding.Pipeline;
import dev.flotilla.sharding.PipelineStatus;
import dev.flotilla.sharding.SessionContext;
import io.smallrye.mutiny.Multi;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Flow;
import java.util.function.LongFunction;

/**
 * A pipeline whose first stage, or only one, is in an engine process of this node. A process that
 * is lost is started again; what was in flight fails with {@link EngineFailure#ENGINE_LOST}. The
 * stages after it are found by a {@link ChainPlacement}; if one of those is lost, nothing fails.
 */
public final class EnginePipeline implements Pipeline {
  private final Vertx vertx;
  private final ModelCard model;
  private final EngineOptions options;
  private final InFlight inFlight = new InFlight();
  private final EngineSupervisor supervisor;

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
    this.supervisor =
        new EngineSupervisor(
            vertx, model.id(), options, cacheFolder, engines, restarts, placement, inFlight);
  }

  /**
   * Starts the engine process. Never blocks.
   *
   * @return what was loaded, once it is; fails with an {@link EngineException} if it is given up
   */
  public Future<StageFacts> start() {
    return supervisor.start();
  }

  /** Ends the engine process; sessions still running fail. The future completes when it is gone. */
  public Future<Void> stop() {
    return supervisor.stop();
  }

  /** Gives the process newer keys for its links. */
  public void renewLinks(LinkIdentity identity) {
    supervisor.renewLinks(identity);
  }

  @Override
  public ModelCard model() {
    return model;
  }

  @Override
  public PipelineStatus status() {
    EngineSupervisor.Condition now = supervisor.condition();
    int admitted = inFlight.admitted();
    return new PipelineStatus(
        now.state(),
        now.problem().map(EngineException::getMessage),
        now.progress(),
        options.slots(),
        admitted,
        Math.max(0, inFlight.sessions() - admitted),
        options.queueLimit(),
        supervisor.facts().map(StageFacts::contextTokens).orElse(options.contextTokens()),
        supervisor.restarts(),
        supervisor.restarts(),
        supervisor.health().residentBytes());
  }

  /** What its stages have done, as the engine process said a few seconds ago at most. */
  public Optional<ChainFigures> figures() {
    return supervisor.figures();
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
            subscriber, SessionContext.of(vertx), new SessionControls(number, request));
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
      if (!supervisor.send(new EngineCommand.Open(number, request, credit))) {
        inFlight.failSession(number, supervisor.unavailable());
      }
    }

    @Override
    public void grant(int events) {
      supervisor.send(new EngineCommand.Grant(number, events));
    }

    @Override
    public void close() {
      inFlight.forgetSession(number);
      supervisor.send(new EngineCommand.Cancel(number));
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
    if (!supervisor.send(command.apply(number))) {
      inFlight.failCall(number, supervisor.unavailable());
    }
    return onCallersContext(answer);
  }

  private Future<EngineReport> onCallersContext(Future<EngineReport> answer) {
    Promise<EngineReport> here = Promise.promise();
    Context context = vertx.getOrCreateContext();
    var _ = answer.onComplete(result -> context.runOnContext(_ -> here.handle(result)));
    return here.future();
  }
}
