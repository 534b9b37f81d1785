package dev.flotilla.federation.link;

import dev.flotilla.engine.EngineException;
import dev.flotilla.engine.EngineFailure;
import dev.flotilla.engine.SessionEvent;
import dev.flotilla.engine.SessionRequest;
import dev.flotilla.engine.process.EngineReport;
import dev.flotilla.engine.process.EngineReport.Happened;
import dev.flotilla.engine.process.EngineReport.Health;
import dev.flotilla.engine.process.EngineReport.SessionFailed;
import dev.flotilla.engine.process.Frames;
import dev.flotilla.sharding.Pipeline;
import io.smallrye.mutiny.helpers.Subscriptions;
import io.smallrye.mutiny.subscription.MultiSubscriber;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerResponse;
import java.util.concurrent.Flow;
import org.jspecify.annotations.Nullable;

/** One session of a gateway, written as it happens. On the event loop of its connection. */
final class ServedSession implements MultiSubscriber<SessionEvent> {
  /** Events that the engine may be ahead of what was handed to the connection. */
  private static final int WINDOW = 32;

  /** Bytes that wait for the gateway's flow-control window before the engine is held back. */
  private static final int MAX_WAITING_BYTES = 16 << 10;

  private final Vertx vertx;
  private final Context context;
  private final HttpServerResponse response;
  private final Pipeline pipeline;
  private Flow.@Nullable Subscription subscription;
  private long credit;
  private long heardNanos;
  private int asked;
  private boolean over;
  private Buffer pending = Buffer.buffer();
  private boolean written;
  private long signs = -1;

  ServedSession(Vertx vertx, HttpServerResponse response, Pipeline pipeline) {
    this.vertx = vertx;
    this.context = vertx.getOrCreateContext();
    this.response = response;
    this.pipeline = pipeline;
  }

  /** Opens the session; a second time ends it. */
  void open(SessionRequest request, int credit) {
    if (signs >= 0 || over) {
      cancel();
      return;
    }
    signs = vertx.setPeriodic(LinkProtocol.SIGN_OF_LIFE_MILLIS, _ -> showLife());
    granted(credit);
    response.setChunked(true);
    response.setWriteQueueMaxSize(MAX_WAITING_BYTES);
    response.exceptionHandler(_ -> cancel());
    response.closeHandler(_ -> cancel());
    pipeline.open(request).subscribe().withSubscriber(this);
  }

  private void showLife() {
    if (unheardNanos() > LinkProtocol.GONE_NANOS) {
      cancel();
      return;
    }
    if (!written && !response.writeQueueFull()) {
      write(new Health(0));
    }
    written = false;
  }

  /** What is written in one turn of the event loop leaves as one. */
  private void write(EngineReport report) {
    if (over) {
      return;
    }
    if (pending.length() == 0) {
      context.runOnContext(_ -> flush());
    }
    pending.appendBytes(Frames.of(report));
  }

  private void flush() {
    if (!over && pending.length() > 0) {
      var _ = response.write(pending);
      pending = Buffer.buffer();
    }
  }

  /** The gateway's reader asks for more events, or for none as a sign of life. */
  void granted(int events) {
    heardNanos = System.nanoTime();
    credit = Subscriptions.add(credit, events);
    ask();
  }

  @Override
  public void onSubscribe(Flow.Subscription granted) {
    subscription = granted;
    if (over) {
      granted.cancel();
    } else {
      ask();
    }
  }

  @Override
  public void onItem(SessionEvent event) {
    written = true;
    asked--;
    write(new Happened(0, event));
    if (event instanceof SessionEvent.Finished) {
      end();
    } else {
      ask();
    }
  }

  /**
   * Asks the engine for what the gateway may get, in windows, and for nothing while bytes wait or
   * the gateway is not heard of: behind a cut way it has other machines go on, and what is computed
   * here is for nobody.
   */
  private void ask() {
    int events = (int) Math.min(WINDOW - asked, credit);
    if (over || subscription == null || events == 0 || (asked > WINDOW / 2)) {
      return;
    }
    if (unheardNanos() > LinkProtocol.UNHEARD_NANOS) {
      return;
    }
    if (response.writeQueueFull()) {
      response.drainHandler(_ -> ask());
    } else {
      asked += events;
      credit -= events;
      subscription.request(events);
    }
  }

  private long unheardNanos() {
    return System.nanoTime() - heardNanos;
  }

  @Override
  public void onFailure(Throwable cause) {
    write(new SessionFailed(0, PipelineServer.failure(cause)));
    end();
  }

  @Override
  public void onCompletion() {
    if (!over) {
      onFailure(new EngineException(EngineFailure.INTERNAL, "the session ended without a result"));
    }
  }

  private void end() {
    if (!over) {
      over = true;
      vertx.cancelTimer(signs);
      var _ = response.end(pending);
    }
  }

  /** The gateway is gone, or does not want it any more. */
  void cancel() {
    if (!over) {
      over = true;
      vertx.cancelTimer(signs);
      if (subscription != null) {
        subscription.cancel();
      }
      if (signs >= 0 && !response.ended() && !response.closed()) {
        var _ = response.reset(LinkProtocol.CANCEL);
      }
    }
  }
}
