package dev.flotilla.node.api;

import dev.flotilla.engine.Prompt;
import dev.flotilla.engine.SessionEvent;
import dev.flotilla.engine.SessionRequest;
import dev.flotilla.sharding.Embeddings;
import dev.flotilla.sharding.ModelCard;
import dev.flotilla.sharding.Pipeline;
import dev.flotilla.sharding.PipelineStatus;
import dev.flotilla.sharding.SessionOwner;
import io.smallrye.mutiny.Multi;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Flow;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;

/**
 * A pipeline that plays a script for each session, on the caller's Vert.x context and within its
 * demand. Its tokens are Unicode code points.
 */
final class ScriptedPipeline implements Pipeline {

  /** One thing a session does. */
  sealed interface Step {
    /** It sends an event. */
    record Emit(SessionEvent event) implements Step {}

    /** It fails. */
    record Fail(Throwable cause) implements Step {}

    /** It does nothing more until it is cancelled. */
    record Hang() implements Step {}
  }

  private final ModelCard card;
  private final Function<SessionRequest, List<Step>> script;
  private final AtomicInteger open = new AtomicInteger();
  private final AtomicLong emitted = new AtomicLong();
  private final Queue<SessionRequest> requests = new ConcurrentLinkedQueue<>();
  private final Queue<SessionOwner> owners = new ConcurrentLinkedQueue<>();
  private final Queue<List<Prompt>> embedded = new ConcurrentLinkedQueue<>();

  ScriptedPipeline(String id, boolean embeddingsOnly, Function<SessionRequest, List<Step>> script) {
    this.card =
        new ModelCard(
            id, 1_700_000_000, "llama", 2, 1000, 4000, "F32", 2048, 0x110000, 4, embeddingsOnly);
    this.script = script;
  }

  /** Sessions neither ended nor cancelled. */
  int openSessions() {
    return open.get();
  }

  /** Events sent, over all sessions. */
  long emitted() {
    return emitted.get();
  }

  /** What was asked of it, oldest first. */
  List<SessionRequest> requests() {
    return List.copyOf(requests);
  }

  /** What embeddings were asked for, oldest first. */
  List<List<Prompt>> embedded() {
    return List.copyOf(embedded);
  }

  @Override
  public ModelCard model() {
    return card;
  }

  @Override
  public PipelineStatus status() {
    return new PipelineStatus(
        PipelineStatus.State.READY, Optional.empty(), 1, 8, open.get(), 0, 64, 2048, 0, 0, 1 << 20);
  }

  /** Whose its sessions were, oldest first. */
  List<SessionOwner> owners() {
    return List.copyOf(owners);
  }

  @Override
  public Multi<SessionEvent> open(SessionRequest request, SessionOwner owner) {
    owners.add(owner);
    return open(request);
  }

  @Override
  public Multi<SessionEvent> open(SessionRequest request) {
    return Multi.createFrom()
        .publisher(subscriber -> {
          requests.add(request);
          Context context = Objects.requireNonNull(Vertx.currentContext(), "no Vert.x context");
          open.incrementAndGet();
          subscriber.onSubscribe(new Session(context, subscriber, script.apply(request)));
        });
  }

  @Override
  public Future<int[]> tokenize(String text, boolean addSpecial, boolean parseSpecial) {
    return Future.succeededFuture(text.codePoints().toArray());
  }

  @Override
  public Future<String> detokenize(int[] tokens) {
    return Future.succeededFuture(new String(tokens, 0, tokens.length));
  }

  @Override
  public Future<Embeddings> embed(List<Prompt> prompts) {
    embedded.add(prompts);
    return Future.succeededFuture(
        new Embeddings(
            prompts.stream().map(prompt -> new float[] {0.5f, -0.5f, 0.5f, 0.5f}).toList(),
            3 * prompts.size()));
  }

  /** One playing of the script, a step per turn of the event loop. */
  private final class Session implements Flow.Subscription {
    private final Context context;
    private final Flow.Subscriber<? super SessionEvent> subscriber;
    private final Queue<Step> steps;
    private long demand;
    private boolean scheduled;
    private boolean closed;

    Session(Context context, Flow.Subscriber<? super SessionEvent> subscriber, List<Step> steps) {
      this.context = context;
      this.subscriber = subscriber;
      this.steps = new ArrayDeque<>(steps);
    }

    @Override
    public void request(long more) {
      demand += more;
      schedule();
    }

    @Override
    public void cancel() {
      close();
    }

    private void schedule() {
      if (!scheduled && !closed) {
        scheduled = true;
        context.runOnContext(turn -> play());
      }
    }

    private void play() {
      scheduled = false;
      if (closed) {
        return;
      }
      switch (steps.peek()) {
        case Step.Emit(SessionEvent event) -> {
          if (demand > 0) {
            demand--;
            steps.remove();
            emitted.incrementAndGet();
            subscriber.onNext(event);
            schedule();
          }
        }
        case Step.Fail(Throwable cause) -> {
          close();
          subscriber.onError(cause);
        }
        case Step.Hang() -> {}
        case null -> {
          close();
          subscriber.onComplete();
        }
      }
    }

    private void close() {
      if (!closed) {
        closed = true;
        open.decrementAndGet();
      }
    }
  }
}
