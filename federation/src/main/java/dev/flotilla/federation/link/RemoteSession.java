package dev.flotilla.federation.link;

import dev.flotilla.engine.EngineException;
import dev.flotilla.engine.EngineFailure;
import dev.flotilla.engine.SessionEvent;
import dev.flotilla.engine.SessionRequest;
import dev.flotilla.engine.process.EngineCommand;
import dev.flotilla.engine.process.EngineReport;
import dev.flotilla.engine.process.EngineReport.Happened;
import dev.flotilla.engine.process.EngineReport.Health;
import dev.flotilla.engine.process.EngineReport.SessionFailed;
import dev.flotilla.engine.process.Frames;
import dev.flotilla.engine.wire.ProtocolException;
import dev.flotilla.sharding.SessionContext;
import io.smallrye.mutiny.helpers.Subscriptions;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.StreamResetException;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.Flow;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The reader's side of a session on another node. The request stays open: what the reader asks for
 * goes to the head as credit, so that no more comes than was asked for, and credit of nothing as a
 * sign of life. On one Vert.x context.
 */
final class RemoteSession implements Flow.Subscription {
  /** Events beyond the credit that a head may send: the admission and the end of a session. */
  private static final int MAX_WAITING = 16;

  /**
   * Its first sign of life takes longer: a connection may have to be made, and admission decided.
   */
  private static final int FIRST_SIGN_FACTOR = 2;

  private final Vertx vertx;
  private final SessionContext context;
  private final Supplier<Future<HttpClientRequest>> requests;
  private final SessionRequest session;
  private final Flow.Subscriber<? super SessionEvent> reader;
  private final long silenceMillis;
  private final Patience patience;
  private final Runnable linkLost;
  private final FrameSplitter splitter = new FrameSplitter(LinkProtocol.MAX_EVENT_BYTES);
  private final Queue<SessionEvent> waiting = new ArrayDeque<>();

  private @Nullable HttpClientRequest request;
  private @Nullable EngineException failure;
  private long demand;
  private long unsent;
  private boolean opened;
  private boolean ended;
  private long heardNanos;
  private boolean answered;
  private long watchedNanos;
  private long watch = -1;

  RemoteSession(
      Vertx vertx,
      Supplier<Future<HttpClientRequest>> requests,
      SessionRequest session,
      Flow.Subscriber<? super SessionEvent> reader,
      long silenceMillis,
      Patience patience,
      Runnable linkLost) {
    this.vertx = vertx;
    this.context = SessionContext.of(vertx);
    this.requests = requests;
    this.session = session;
    this.reader = reader;
    this.silenceMillis = silenceMillis;
    this.patience = patience;
    this.linkLost = linkLost;
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
      unsent = Subscriptions.add(unsent, events);
      if (opened) {
        grant();
      } else {
        opened = true;
        open();
      }
    });
  }

  @Override
  public void cancel() {
    context.execute(() -> {
      if (!ended) {
        ended = true;
        leave();
      }
    });
  }

  private void grant() {
    if (request != null) {
      var _ = request.write(Buffer.buffer(Frames.of(new EngineCommand.Grant(0, credit()))));
    }
  }

  /** What the head has not been told of yet. */
  private int credit() {
    int credit = (int) Math.min(Integer.MAX_VALUE, unsent);
    unsent = 0;
    return credit;
  }

  private void open() {
    watchedNanos = System.nanoTime();
    watch = vertx.setPeriodic(watchMillis(), _ -> watch());
    var _ =
        requests
            .get()
            .compose(made -> {
              request = made.setChunked(true);
              made.exceptionHandler(cause -> context.execute(() -> broken(cause)));
              if (ended) {
                leave();
              } else {
                var _ =
                    made.write(
                        Buffer.buffer(Frames.of(new EngineCommand.Open(0, session, credit()))));
              }
              return made.response();
            })
            .onComplete(result ->
                context.execute(() -> {
                  if (result.failed()) {
                    broken(result.cause());
                  } else {
                    answered(result.result());
                  }
                }));
  }

  private void answered(HttpClientResponse answer) {
    answer.handler(this::received);
    answer.exceptionHandler(cause -> context.execute(() -> broken(cause)));
    answer.endHandler(_ -> context.execute(this::closed));
    if (!ended && answer.statusCode() != 200) {
      end(RemotePipeline.refused(answer.statusCode()));
    }
  }

  private void received(Buffer bytes) {
    long now = System.nanoTime();
    patience.heard(answered && demand > 0 ? heardNanos : now, now);
    heardNanos = now;
    answered = true;
    try {
      for (byte[] body : splitter.add(bytes)) {
        report(Frames.report(body));
        deliver();
      }
    } catch (ProtocolException e) {
      fail(RemotePipeline.lost(e));
    }
    deliver();
  }

  private void report(EngineReport report) throws ProtocolException {
    switch (report) {
      case Happened(long _, SessionEvent event) -> {
        if (waiting.size() >= MAX_WAITING) {
          throw new ProtocolException("more events than were asked for");
        }
        waiting.add(event);
      }
      case SessionFailed(long _, EngineException cause) -> fail(cause);
      case Health _, EngineReport.Figures _ -> {}
      default -> throw new ProtocolException("no report of a session: " + report);
    }
  }

  private void closed() {
    if (!ended) {
      fail(new EngineException(EngineFailure.ENGINE_LOST, "the head ended the session's stream"));
    }
  }

  /** The stream failed; unless the head reset it, the link did. */
  private void broken(Throwable cause) {
    if (!ended && failure == null && !(cause instanceof StreamResetException)) {
      linkLost.run();
    }
    fail(RemotePipeline.lost(cause));
  }

  /** What came before a failure is delivered before it. */
  private void fail(EngineException cause) {
    if (failure == null) {
      failure = cause;
    }
    deliver();
  }

  private void deliver() {
    while (!ended && demand > 0 && !waiting.isEmpty()) {
      SessionEvent event = waiting.remove();
      demand--;
      if (event instanceof SessionEvent.Finished) {
        ended = true;
        stopWatching();
        finishRequest();
        reader.onNext(event);
        reader.onComplete();
        return;
      }
      reader.onNext(event);
    }
    if (!ended && waiting.isEmpty() && failure != null) {
      end(failure);
    }
  }

  private long watchMillis() {
    return Math.clamp(silenceMillis / 10, 1, LinkProtocol.SIGN_OF_LIFE_MILLIS);
  }

  private void watch() {
    long now = System.nanoTime();
    // Where this thread itself was held up, it could not have heard anything.
    long late = Math.max(0, now - watchedNanos - watchMillis() * 1_000_000);
    heardNanos = Math.min(now, heardNanos + late);
    watchedNanos = now;
    if (!ended && demand > 0 && isHeadLost(now)) {
      linkLost.run();
      end(
          new EngineException(
              EngineFailure.ENGINE_LOST,
              "the head of the model was silent for " + (now - heardNanos) / 1_000_000 + " ms"));
    } else if (!ended && request != null && !request.writeQueueFull()) {
      grant();
    }
  }

  private boolean isHeadLost(long now) {
    long silentMillis = (now - heardNanos) / 1_000_000;
    return answered
        ? silentMillis > silenceMillis || patience.isAtAnEnd(heardNanos, now)
        : silentMillis > FIRST_SIGN_FACTOR * silenceMillis;
  }

  private void end(Throwable cause) {
    if (!ended) {
      ended = true;
      leave();
      reader.onError(cause);
    }
  }

  private void leave() {
    stopWatching();
    if (request != null) {
      var _ = request.reset(LinkProtocol.CANCEL);
    }
  }

  private void finishRequest() {
    if (request != null) {
      var _ = request.end();
    }
  }

  private void stopWatching() {
    if (watch >= 0) {
      vertx.cancelTimer(watch);
      watch = -1;
    }
  }
}
