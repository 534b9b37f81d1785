package dev.flotilla.node.shard;

import dev.flotilla.engine.EngineException;
import dev.flotilla.engine.SessionEvent;
import dev.flotilla.sharding.SessionContext;
import io.smallrye.mutiny.helpers.Subscriptions;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.Flow;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * The reader's side of a session in an engine process: turns demand into credit, and events into
 * signals on the reader's context. The engine sends no more text than it has credit for, so that at
 * most the two events that need none wait here.
 */
final class EngineSession implements Flow.Subscription {
  private final Flow.Subscriber<? super SessionEvent> subscriber;
  private final SessionContext context;
  private final Controls controls;
  private final Queue<SessionEvent> waiting = new ArrayDeque<>();
  private final AtomicBoolean ended = new AtomicBoolean();
  private volatile boolean admitted;
  private long demand;
  private boolean opened;

  /** What a session can ask of its engine; any thread. */
  interface Controls {
    /** Open the session, with its first credit. */
    void open(int credit);

    /** More credit. */
    void grant(int events);

    /** Close it. */
    void close();
  }

  EngineSession(
      Flow.Subscriber<? super SessionEvent> subscriber, SessionContext context, Controls controls) {
    this.subscriber = subscriber;
    this.context = context;
    this.controls = controls;
  }

  @Override
  public void request(long events) {
    context.execute(() -> requested(events));
  }

  private void requested(long events) {
    if (ended.get()) {
      return;
    }
    if (events <= 0) {
      end(new IllegalArgumentException("demand must be positive, not " + events));
      return;
    }
    demand = Subscriptions.add(demand, events);
    int credit = (int) Math.min(Integer.MAX_VALUE, events);
    if (opened) {
      controls.grant(credit);
    } else {
      opened = true;
      controls.open(credit);
    }
    deliverWaiting();
  }

  @Override
  public void cancel() {
    if (ended.compareAndSet(false, true)) {
      controls.close();
    }
  }

  /** Whether it holds a slot; any thread. */
  boolean admitted() {
    return admitted;
  }

  /** An event from the engine; on its reader thread. */
  void event(SessionEvent event) {
    if (event instanceof SessionEvent.Admitted) {
      admitted = true;
    }
    context.later(() -> {
      waiting.add(event);
      deliverWaiting();
    });
  }

  /** The engine can't go on; any thread. */
  void failed(EngineException failure) {
    context.later(() -> end(failure));
  }

  private void deliverWaiting() {
    while (demand > 0 && !waiting.isEmpty() && !ended.get()) {
      SessionEvent event = waiting.remove();
      demand--;
      subscriber.onNext(event);
      if (event instanceof SessionEvent.Finished && ended.compareAndSet(false, true)) {
        subscriber.onComplete();
      }
    }
  }

  private void end(Throwable failure) {
    if (ended.compareAndSet(false, true)) {
      subscriber.onError(failure);
    }
  }
}
