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
import dev.flotilla.federation.HandoverPipeline.Tenure;
import dev.flotilla.sharding.SessionContext;
import io.smallrye.mutiny.helpers.Subscriptions;
import io.vertx.core.Vertx;
import java.util.Optional;
import java.util.concurrent.Flow;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A session that goes on at another pipeline when that takes the place of its own. Everything
 * happens on one Vert.x context.
 */
final class HandoverSession implements Flow.Subscription, SessionAttempt.Session<Tenure> {
  /** How soon a session that was moved, and found no room, asks again. */
  private static final long RETRY_MILLIS = 50;

  private final Vertx vertx;
  private final SessionContext context;
  private final HandoverPipeline host;
  private final SessionRequest request;
  private final Flow.Subscriber<? super SessionEvent> reader;
  private final Consumer<HandoverSession> onEnd;
  private final RequestJournal journal;

  private @Nullable SessionAttempt<Tenure> current;
  private @Nullable Admitted admitted;
  private long demand;
  private boolean started;
  private boolean moved;
  private boolean ended;
  private long admittedNanos;
  private long elsewhereNanos;

  HandoverSession(
      Vertx vertx,
      HandoverPipeline host,
      SessionRequest request,
      Flow.Subscriber<? super SessionEvent> reader,
      Consumer<HandoverSession> onEnd) {
    this.vertx = vertx;
    this.context = SessionContext.of(vertx);
    this.host = host;
    this.request = request;
    this.reader = reader;
    this.onEnd = onEnd;
    this.journal = new RequestJournal(host.status().contextTokens(), request.resumption());
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
      demand = Subscriptions.add(demand, events);
      if (!started) {
        started = true;
        open(request);
      } else if (current != null) {
        current.request(events);
      }
    });
  }

  @Override
  public void cancel() {
    context.execute(() -> {
      if (!ended) {
        over();
        leave();
      }
    });
  }

  /** Goes on at another pipeline, unless it is there already. Any thread. */
  void moveTo(Tenure next) {
    context.later(() -> {
      if (current != null && current.place() != next) {
        goOn();
      }
    });
  }

  private void goOn() {
    Optional<Resumption> progress = journal.resumption();
    if (!ended && progress.isPresent()) {
      if (current != null && current.admitted()) {
        elsewhereNanos += System.nanoTime() - admittedNanos;
      }
      leave();
      moved = true;
      open(request.resumedAt(progress.get()));
    }
  }

  private void open(SessionRequest rest) {
    Tenure tenure = host.enter();
    current = new SessionAttempt<>(tenure, this, context);
    tenure.pipeline().open(rest).subscribe().withSubscriber(current);
  }

  @Override
  public long demand() {
    // The admission of a session that has moved is not shown, and needs no demand of the reader's.
    return Subscriptions.add(demand, admitted == null ? 0 : 1);
  }

  @Override
  public void admitted(SessionAttempt<Tenure> attempt, Admitted event) {
    admittedNanos = System.nanoTime();
    if (admitted == null) {
      admitted = event;
      deliver(event);
    }
  }

  @Override
  public void generated(SessionAttempt<Tenure> attempt, Generated event, boolean first) {
    journal.delivered(event);
    deliver(event);
  }

  @Override
  public void finished(SessionAttempt<Tenure> attempt, Finished event, boolean first) {
    over();
    leave();
    reader.onNext(moved ? new Finished(event.reason(), usage(event.usage())) : event);
    reader.onComplete();
  }

  /** With what the first pipeline found cached, and the time that was spent there. */
  private SessionUsage usage(SessionUsage last) {
    return new SessionUsage(
        last.promptTokens(),
        admitted == null ? last.cachedTokens() : admitted.cachedTokens(),
        last.completionTokens(),
        last.queuedMicros(),
        last.promptMicros(),
        last.generationMicros() + elsewhereNanos / 1_000);
  }

  @Override
  public void lost(SessionAttempt<Tenure> attempt, EngineException failure) {
    if (moved && failure.failure() == EngineFailure.QUEUE_FULL) {
      // It had its place in the queue before others came to the new pipeline.
      leave();
      vertx.setTimer(RETRY_MILLIS, _ -> context.execute(this::goOn));
    } else {
      end(failure);
    }
  }

  private void deliver(SessionEvent event) {
    demand--;
    reader.onNext(event);
  }

  private void end(Throwable failure) {
    if (!ended) {
      over();
      leave();
      reader.onError(failure);
    }
  }

  private void over() {
    ended = true;
    onEnd.accept(this);
  }

  private void leave() {
    SessionAttempt<Tenure> attempt = current;
    if (attempt != null) {
      current = null;
      attempt.close();
      attempt.place().leave();
    }
  }
}
