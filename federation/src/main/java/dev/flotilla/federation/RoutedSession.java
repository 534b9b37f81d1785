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
import dev.flotilla.federation.CircuitBreakers.Outcome;
import dev.flotilla.federation.ModelRouter.Choice;
import dev.flotilla.sharding.ServedBy;
import dev.flotilla.sharding.SessionContext;
import dev.flotilla.sharding.SessionOwner;
import io.smallrye.mutiny.helpers.Subscriptions;
import io.vertx.core.Vertx;
import java.util.Optional;
import java.util.concurrent.Flow;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One session of a client, over as many replicas as it takes. The client sees one stream: a replica
 * that is lost costs it a pause. Everything happens on one Vert.x context.
 */
final class RoutedSession
    implements Flow.Subscription, Admission.Entrant, SessionAttempt.Session<Choice> {
  private static final long RETRY_MILLIS = 50;

  private final Vertx vertx;
  private final SessionContext context;
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
  private final Setbacks setbacks;

  private @Nullable SessionAttempt<Choice> current;
  private @Nullable Admitted admitted;
  private long demand;
  private int attempts;
  private boolean started;
  private boolean ended;
  private long cameNanos;
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
    this.context = SessionContext.of(vertx);
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
    this.setbacks = new Setbacks(options, options.stickiness().key(owner));
  }

  @Override
  public void request(long events) {
    context.execute(() -> {
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
      demand = Subscriptions.add(demand, events);
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
    context.execute(() -> {
      if (!ended) {
        ended = true;
        abandon(Outcome.UNDECIDED);
        over();
      }
    });
  }

  @Override
  public void enter() {
    context.execute(() -> {
      if (!ended) {
        observer.entered(modelId, System.nanoTime() - cameNanos);
        route();
      }
    });
  }

  @Override
  public void refuse() {
    context.execute(() ->
        end(
            new EngineException(
                EngineFailure.QUEUE_FULL,
                "model " + modelId + ": too many requests wait for the nodes that serve it")));
  }

  /** Takes the session away from a node, if it is there. Any thread. */
  void leave(String nodeId, EngineException cause) {
    context.later(() -> {
      if (current != null && current.place().nodeId().equals(nodeId)) {
        current.lost(cause);
      }
    });
  }

  /**
   * Counts a replica as lost that has been silent for too long while the reader waits. Any thread.
   */
  void checkStall() {
    context.later(() -> {
      long silentMillis = (System.nanoTime() - heardNanos) / 1_000_000;
      if (current != null
          && current.admitted()
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
            .choose(rest, setbacks.wanted())
            .onComplete(choice ->
                context.execute(() -> {
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
    current = new SessionAttempt<>(choice, this, context);
    choice.link().pipeline().open(rest).subscribe().withSubscriber(current);
  }

  /**
   * New requests are refused at once; those that have begun wait a while for a replica to appear.
   */
  private void noneLeft() {
    boolean begun = admitted != null;
    if (ended || !begun || !setbacks.awaits(System.nanoTime())) {
      giveUp("no replica is left");
      return;
    }
    vertx.setTimer(RETRY_MILLIS, _ -> context.execute(this::routeAgain));
  }

  private void routeAgain() {
    if (!ended) {
      route();
    }
  }

  private void giveUp(String why) {
    boolean begun = admitted != null;
    end(
        setbacks
            .last()
            .filter(last -> !begun || last.failure() != EngineFailure.MODEL_GONE)
            .orElseGet(() ->
                new EngineException(EngineFailure.ENGINE_LOST, "model " + modelId + ": " + why)));
  }

  @Override
  public long demand() {
    // The admission of a resumed session is not shown, and needs no demand of the reader's.
    return Subscriptions.add(demand, admitted == null ? 0 : 1);
  }

  @Override
  public void admitted(SessionAttempt<Choice> attempt, Admitted event) {
    String node = attempt.place().nodeId();
    observer.admitted(modelId, node, event.cachedTokens());
    attempt.reads(event.promptTokens() - event.cachedTokens() + journal.tokens());
    owner.servedBy(new ServedBy(node, attempts));
    if (admitted == null) {
      admitted = event;
      deliver(event);
    } else {
      heardNanos = System.nanoTime();
    }
  }

  @Override
  public void generated(SessionAttempt<Choice> attempt, Generated event, boolean first) {
    progressed(attempt, first);
    journal.delivered(event);
    deliver(event);
  }

  private void progressed(SessionAttempt<Choice> attempt, boolean first) {
    Choice choice = attempt.place();
    if (first) {
      router.progressed(choice);
    }
    setbacks
        .progressed(System.nanoTime())
        .ifPresent(pause -> observer.resumed(modelId, choice.nodeId(), pause));
  }

  @Override
  public void finished(SessionAttempt<Choice> attempt, Finished event, boolean first) {
    progressed(attempt, first);
    current = null;
    ended = true;
    router.left(attempt.place(), Outcome.SERVED);
    router.learn(request, event.usage());
    over();
    demand--;
    reader.onNext(new Finished(event.reason(), usage(event.usage())));
    reader.onComplete();
  }

  /** What the client's prompt found cached is what the first replica said. */
  private SessionUsage usage(SessionUsage last) {
    return new SessionUsage(
        last.promptTokens(),
        admitted == null ? last.cachedTokens() : admitted.cachedTokens(),
        last.completionTokens(),
        last.queuedMicros(),
        last.promptMicros(),
        last.generationMicros());
  }

  @Override
  public void lost(SessionAttempt<Choice> attempt, EngineException failure) {
    if (ended) {
      return;
    }
    Choice choice = attempt.place();
    observer.lost(modelId, choice.nodeId(), failure);
    boolean suspect = attempt.admitted() || admitted == null;
    boolean again = setbacks.add(choice, failure, suspect, System.nanoTime());
    Verdict verdict = Verdict.of(failure);
    abandon(verdict == Verdict.REPLICA_FAILED ? Outcome.FAILED : Outcome.UNDECIDED);
    if (!again) {
      end(failure);
    } else if (verdict == Verdict.REPLICA_GONE) {
      var _ = router.gone(choice).onComplete(_ -> context.execute(this::routeAgain));
    } else {
      route();
    }
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
    SessionAttempt<Choice> attempt = current;
    if (attempt != null) {
      current = null;
      attempt.close();
      router.left(attempt.place(), outcome);
    }
  }

  private void over() {
    onEnd.accept(this);
    admission.gone(owner.name(), this);
  }
}
