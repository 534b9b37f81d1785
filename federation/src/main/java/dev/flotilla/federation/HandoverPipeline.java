package dev.flotilla.federation;

import dev.flotilla.engine.Prompt;
import dev.flotilla.engine.SessionEvent;
import dev.flotilla.engine.SessionRequest;
import dev.flotilla.sharding.Embeddings;
import dev.flotilla.sharding.ModelCard;
import dev.flotilla.sharding.Pipeline;
import dev.flotilla.sharding.PipelineStatus;
import io.smallrye.mutiny.Multi;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Flow;
import java.util.function.Function;

/**
 * A pipeline whose place another one of the same model can take while it serves: sessions go on
 * there from the token that they had come to, and their readers see a pause at most.
 */
public final class HandoverPipeline implements Pipeline {
  private final Vertx vertx;
  private final Set<HandoverSession> sessions = ConcurrentHashMap.newKeySet();
  private volatile Tenure current;

  /** A pipeline for as long as it serves, and how much uses it. Any thread. */
  static final class Tenure {
    private final Pipeline pipeline;
    private final int lossesBefore;
    private final Promise<Void> unused = Promise.promise();
    private int uses;
    private boolean over;

    private Tenure(Pipeline pipeline, int lossesBefore) {
      this.pipeline = pipeline;
      this.lossesBefore = lossesBefore;
    }

    Pipeline pipeline() {
      return pipeline;
    }

    private PipelineStatus status() {
      PipelineStatus now = pipeline.status();
      return now.withCacheLosses(lossesBefore + now.cacheLosses());
    }

    private synchronized boolean entered() {
      if (!over) {
        uses++;
      }
      return !over;
    }

    /** Something that uses it has ended. */
    void leave() {
      if (lastHasLeft()) {
        unused.tryComplete();
      }
    }

    private synchronized boolean lastHasLeft() {
      uses--;
      return over && uses == 0;
    }

    private Future<Void> end() {
      if (endedUnused()) {
        unused.tryComplete();
      }
      return unused.future();
    }

    private synchronized boolean endedUnused() {
      over = true;
      return uses == 0;
    }
  }

  /** What this pipeline does at first. */
  public HandoverPipeline(Vertx vertx, Pipeline first) {
    this.vertx = vertx;
    this.current = new Tenure(first, 0);
  }

  /**
   * From now on everything new goes to another pipeline, and sessions move to it, but for answers
   * that are longer than its context. It must be ready.
   *
   * @return completes when nothing uses the pipeline before it any more
   */
  public Future<Void> handOver(Pipeline next) {
    Tenure before = current;
    Tenure after = new Tenure(next, before.status().cacheLosses() + 1);
    current = after;
    Future<Void> unused = before.end();
    sessions.forEach(session -> session.moveTo(after));
    return unused;
  }

  /** The pipeline that serves now, in use once more: {@link Tenure#leave} ends that. */
  Tenure enter() {
    Tenure now = current;
    while (!now.entered()) {
      now = current;
    }
    return now;
  }

  /** Sessions that have not ended. */
  public int openSessions() {
    return sessions.size();
  }

  @Override
  public ModelCard model() {
    return current.pipeline().model();
  }

  @Override
  public PipelineStatus status() {
    return current.status();
  }

  @Override
  public Multi<SessionEvent> open(SessionRequest request) {
    Flow.Publisher<SessionEvent> publisher =
        subscriber -> {
          HandoverSession session =
              new HandoverSession(vertx, this, request, subscriber, sessions::remove);
          sessions.add(session);
          subscriber.onSubscribe(session);
        };
    return Multi.createFrom().publisher(publisher);
  }

  @Override
  public Future<int[]> tokenize(String text, boolean addSpecial, boolean parseSpecial) {
    return call(pipeline -> pipeline.tokenize(text, addSpecial, parseSpecial));
  }

  @Override
  public Future<String> detokenize(int[] tokens) {
    return call(pipeline -> pipeline.detokenize(tokens));
  }

  @Override
  public Future<Embeddings> embed(List<Prompt> prompts) {
    return call(pipeline -> pipeline.embed(prompts));
  }

  private <T> Future<T> call(Function<Pipeline, Future<T>> call) {
    Tenure tenure = enter();
    return call.apply(tenure.pipeline()).onComplete(_ -> tenure.leave());
  }
}
