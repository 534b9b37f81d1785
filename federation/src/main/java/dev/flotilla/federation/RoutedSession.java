package dev.flotilla.federation;

import dev.flotilla.engine.EngineException;
import dev.flotilla.engine.EngineFailure;
import dev.flotilla.engine.Resumption;
import dev.flotilla.engine.SessionEvent;
import dev.flotilla.engine.SessionEvent.Admitted;
import dev.flotilla.engine.SessionEvent.Finished;
import dev.flotilla.engine.SessionEvent.Generated;
import dev.flotilla.engine.SessionRequest;
import dev.flotilla.engine.SessionUsage;
import dev.flotilla.federation.ModelRouter.Choice;
import dev.flotilla.federation.ModelRouter.Outcome;
import dev.flotilla.sharding.ServedBy;
import dev.flotilla.sharding.SessionOwner;
import io.smallrye.mutiny.subscription.MultiSubscriber;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Flow;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One session of a client, over as many replicas as it takes. The client sees one stream: a replica
 * that is lost costs it a pause. Everything happens on one Vert.x context.
 */
final class RoutedSession implements Flow.Subscription, Admission.Entrant {
  private static final long RETRY_MILLIS = 50;

  /** A replica that reads prompts more slowly than this counts as stalled. */
  private static final long MILLIS_PER_TOKEN_READ = 200;

  private final Vertx vertx;
  private final Context context;
  private final String modelId;
  private final ModelRouter router;
  private final FederationOptions options;
  private final FederationObserver observer;
  private final SessionRequest request;
  private final Flow.Subscriber<? super SessionEvent> reader;
  private final SessionOwner owner;
  private final Admission admission;
  private final Consumer<RoutedSession> onEnd;
  private final RequestJournal journal;
  private final Set<String> refused = new HashSet<>();

  private @Nullable Attempt current;
  private @Nullable Admitted admitted;
  private @Nullable EngineException lastFailure;
  private long demand;
  private int attempts;
  private int failures;
  private int fruitless;
  private boolean started;
  private boolean ended;
  private long cameNanos;
  private long lostNanos;
  private long heardNanos;

  RoutedSession(
      Vertx vertx,
      String modelId,
      ModelRouter router,
      FederationOptions options,
      FederationObserver observer,
      SessionRequest request,
      Flow.Subscriber<? super SessionEvent> reader,
      SessionOwner owner,
      Admission admission,
      Consumer<RoutedSession> onEnd) {
    this.vertx = vertx;
    this.context = vertx.getOrCreateContext();
    this.modelId = modelId;
    this.router = router;
    this.options = options;
    this.observer = observer;
    this.request = request;
    this.reader = reader;
    this.owner = owner;
    this.admission = admission;
    this.onEnd = onEnd;
    this.journal = new RequestJournal(options.journalTokens(), request.resumption());
  }

  @Override
  public void request(long events) {
    onContext(() -> {
      if (ended) {
        return;
      }
      if (events <= 0) {
        end(new IllegalArgumentException("demand must be positive, not " + events));
        return;
      }
      if (demand == 0) {
        heardNanos = System.nanoTime();
      }
      demand = demand + events < 0 ? Long.MAX_VALUE : demand + events;
      if (!started) {
        started = true;
        cameNanos = System.nanoTime();
        admission.come(owner.name(), this);
      } else if (current != null) {
        current.request(events);
      }
    });
  }

  @Override
  public void cancel() {
    onContext(() -> {
      if (!ended) {
        ended = true;
        abandon(Outcome.UNDECIDED);
        over();
      }
    });
  }

  @Override
  public void enter() {
    onContext(() -> {
      if (!ended) {
        observer.entered(modelId, System.nanoTime() - cameNanos);
        route();
      }
    });
  }

  @Override
  public void refuse() {
    onContext(() ->
        end(
            new EngineException(
                EngineFailure.QUEUE_FULL,
                "model " + modelId + ": too many requests wait for the nodes that serve it")));
  }

  /** Takes the session away from a node, if it is there. Any thread. */
  void leave(String nodeId, EngineException cause) {
    context.runOnContext(_ -> {
      if (current != null && current.choice.nodeId().equals(nodeId)) {
        current.lost(cause);
      }
    });
  }

  /**
   * Counts a replica as lost that has been silent for too long while the reader waits. Any thread.
   */
  void checkStall() {
    context.runOnContext(_ -> {
      long silentMillis = (System.nanoTime() - heardNanos) / 1_000_000;
      if (current != null
          && current.admitted
          && demand > 0
          && silentMillis >= options.stallMillis() + current.readingMillis()) {
        current.lost(
            new EngineException(
                EngineFailure.ENGINE_LOST,
                "model " + modelId + " gave no token for " + silentMillis + " ms"));
      }
    });
  }

  private void route() {
    Optional<Resumption> progress = journal.resumption();
    if (progress.isEmpty()) {
      giveUp("the answer is too long to be resumed");
      return;
    }
    SessionRequest rest = request.resumedAt(progress.get());
    var _ =
        router
            .choose(rest, Set.copyOf(refused))
            .onComplete(choice ->
                onContext(() -> {
                  if (choice.failed()) {
                    end(choice.cause());
                  } else if (choice.result().isEmpty()) {
                    noneLeft();
                  } else {
                    send(choice.result().get(), rest);
                  }
                }));
  }

  private void send(Choice choice, SessionRequest rest) {
    if (ended) {
      router.left(choice, Outcome.UNDECIDED);
      return;
    }
    attempts++;
    observer.sent(modelId, choice.nodeId(), attempts);
    heardNanos = System.nanoTime();
    current = new Attempt(choice);
    choice.link().pipeline().open(rest).subscribe().withSubscriber(current);
  }

  /**
   * New requests are refused at once; those that have begun wait a while for a replica to appear.
   */
  private void noneLeft() {
    long waitedMillis = lostNanos == 0 ? 0 : (System.nanoTime() - lostNanos) / 1_000_000;
    boolean begun = admitted != null;
    if (ended || !begun || waitedMillis >= options.patienceMillis()) {
      giveUp("no replica is left");
      return;
    }
    refused.clear();
    vertx.setTimer(
        RETRY_MILLIS,
        _ ->
            onContext(() -> {
              if (!ended) {
                route();
              }
            }));
  }

  private void giveUp(String why) {
    end(
        lastFailure != null
            ? lastFailure
            : new EngineException(EngineFailure.ENGINE_LOST, "model " + modelId + ": " + why));
  }

  private void deliver(SessionEvent event) {
    heardNanos = System.nanoTime();
    demand--;
    reader.onNext(event);
  }

  private void end(Throwable failure) {
    if (!ended) {
      ended = true;
      abandon(Outcome.UNDECIDED);
      over();
      reader.onError(failure);
    }
  }

  private void abandon(Outcome outcome) {
    Attempt attempt = current;
    if (attempt != null) {
      current = null;
      attempt.close();
      router.left(attempt.choice, outcome);
    }
  }

  private void over() {
    onEnd.accept(this);
    admission.gone(owner.name(), this);
  }

  private void onContext(Runnable action) {
    if (context.equals(Vertx.currentContext())) {
      action.run();
    } else {
      context.runOnContext(_ -> action.run());
    }
  }

  /** The session on one replica. */
  private final class Attempt implements MultiSubscriber<SessionEvent> {
    private final Choice choice;
    private Flow.@Nullable Subscription subscription;
    private boolean closed;
    private boolean admitted;
    private boolean progressed;
    private int toRead;

    Attempt(Choice choice) {
      this.choice = choice;
    }

    /** How long it may take at most until the prompt and the answer so far are read. */
    long readingMillis() {
      return progressed ? 0 : toRead * MILLIS_PER_TOKEN_READ;
    }

    void request(long events) {
      if (subscription != null) {
        subscription.request(events);
      }
    }

    void close() {
      closed = true;
      if (subscription != null) {
        subscription.cancel();
      }
    }

    @Override
    public void onSubscribe(Flow.Subscription granted) {
      onContext(() -> {
        subscription = granted;
        if (closed) {
          granted.cancel();
        } else {
          // The admission of a resumed session is not shown, and needs no demand of the reader's.
          long forAdmission = RoutedSession.this.admitted == null ? 0 : 1;
          long events = demand + forAdmission;
          granted.request(events < 0 ? Long.MAX_VALUE : events);
        }
      });
    }

    @Override
    public void onItem(SessionEvent event) {
      onContext(() -> {
        if (!closed) {
          on(event);
        }
      });
    }

    private void on(SessionEvent event) {
      switch (event) {
        case Admitted first -> on(first);
        case Generated generated -> {
          progressed();
          journal.delivered(generated);
          deliver(generated);
        }
        case Finished finished -> {
          progressed();
          closed = true;
          finish(finished);
        }
      }
    }

    private void on(Admitted event) {
      admitted = true;
      observer.admitted(modelId, choice.nodeId(), event.cachedTokens());
      toRead = event.promptTokens() - event.cachedTokens() + journal.tokens();
      owner.servedBy(new ServedBy(choice.nodeId(), attempts));
      if (RoutedSession.this.admitted == null) {
        RoutedSession.this.admitted = event;
        deliver(event);
      } else {
        heardNanos = System.nanoTime();
      }
    }

    private void progressed() {
      if (!progressed) {
        progressed = true;
        router.progressed(choice);
      }
      fruitless = 0;
      refused.clear();
      if (lostNanos != 0) {
        observer.resumed(modelId, choice.nodeId(), System.nanoTime() - lostNanos);
        lostNanos = 0;
      }
    }

    private void finish(Finished finished) {
      current = null;
      ended = true;
      router.left(choice, Outcome.SERVED);
      router.learn(request, finished.usage());
      over();
      demand--;
      reader.onNext(new Finished(finished.reason(), usage(finished.usage())));
      reader.onComplete();
    }

    /** What the client's prompt found cached is what the first replica said. */
    private SessionUsage usage(SessionUsage last) {
      Admitted first = RoutedSession.this.admitted;
      return new SessionUsage(
          last.promptTokens(),
          first == null ? last.cachedTokens() : first.cachedTokens(),
          last.completionTokens(),
          last.queuedMicros(),
          last.promptMicros(),
          last.generationMicros());
    }

    @Override
    public void onFailure(Throwable cause) {
      onContext(() ->
          lost(
              cause instanceof EngineException failure
                  ? failure
                  : new EngineException(EngineFailure.ENGINE_LOST, "link lost: " + cause)));
    }

    @Override
    public void onCompletion() {
      onContext(() ->
          lost(
              new EngineException(
                  EngineFailure.ENGINE_LOST, "the session ended without a result")));
    }

    void lost(EngineException failure) {
      if (closed || ended) {
        return;
      }
      Verdict verdict = Verdict.of(failure);
      lastFailure = failure;
      observer.lost(modelId, choice.nodeId(), failure);
      if (verdict == Verdict.REQUEST_AT_FAULT) {
        end(failure);
        return;
      }
      lostNanos = lostNanos == 0 ? System.nanoTime() : lostNanos;
      abandon(verdict == Verdict.REPLICA_FAILED ? Outcome.FAILED : Outcome.UNDECIDED);
      refused.add(choice.nodeId());
      boolean suspect = admitted || RoutedSession.this.admitted == null;
      if (verdict == Verdict.REPLICA_FAILED && suspect) {
        fruitless++;
        failures++;
      }
      if (fruitless >= options.attempts() || failures >= options.totalAttempts()) {
        end(failure);
      } else {
        route();
      }
    }
  }

  /** Who is to blame for a failure. */
  private enum Verdict {
    /** It would fail anywhere. */
    REQUEST_AT_FAULT,
    /** The replica is well, but does not take the session. */
    REPLICA_REFUSES,
    /** The replica is not well. */
    REPLICA_FAILED;

    static Verdict of(EngineException failure) {
      return switch (failure.failure()) {
        case INVALID_REQUEST ->
            // Another build or file of the model: its tokens are not ours.
            failure.field().equals(Optional.of("resumption")) ? REPLICA_FAILED : REQUEST_AT_FAULT;
        case CONTEXT_EXCEEDED, UNSUPPORTED, CANCELLED -> REQUEST_AT_FAULT;
        case QUEUE_FULL, DRAINING -> REPLICA_REFUSES;
        case ENGINE_LOST, MODEL_UNUSABLE, NATIVE_LIBRARY, INTERNAL -> REPLICA_FAILED;
      };
    }
  }
}
