package dev.flotilla.node.upstream;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpMethod;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One request to one upstream, and its answer. Holds the answer back until its first bytes are
 * there, or, where it is no stream, until all of it is, up to {@link #HELD_BYTES}: as long as it is
 * held it can be had elsewhere. On one event loop.
 */
final class Exchange implements UpstreamAnswer {
  private static final Logger log = LoggerFactory.getLogger(Exchange.class);

  /** The most of an answer that is no stream which is held back. */
  static final int HELD_BYTES = 1 << 20;

  /** HTTP/2's code for a request that nobody waits for; over HTTP/1 any closes the connection. */
  private static final long CANCEL = 8;

  private static final String JSON = "application/json";

  private final Vertx vertx;
  private final UpstreamServer server;
  private final UpstreamRequest asked;
  private final int attempt;
  private final Consumer<Outcome> outcome;
  private final Promise<UpstreamAnswer> begun = Promise.promise();
  private final long timer;
  private @Nullable HttpClientRequest request;
  private @Nullable HttpClientResponse response;
  private @Nullable Reader reader;
  private Buffer held = Buffer.buffer();
  private long heardNanos = System.nanoTime();
  private boolean paused;
  private boolean over;
  private boolean whole;
  private @Nullable UpstreamException lost;

  /** How a request to an upstream ended. */
  sealed interface Outcome {
    /** All of its answer was read. */
    record Served() implements Outcome {}

    /** Nobody wants the answer any more. */
    record Cancelled() implements Outcome {}

    /** There was none, or not all of one. */
    record Failed(UpstreamException cause) implements Outcome {}
  }

  /**
   * One that is not sent yet.
   *
   * @param outcome told once, when it has ended
   */
  Exchange(
      Vertx vertx,
      UpstreamServer server,
      UpstreamRequest asked,
      int attempt,
      Consumer<Outcome> outcome) {
    this.vertx = vertx;
    this.server = server;
    this.asked = asked;
    this.attempt = attempt;
    this.outcome = outcome;
    long silence = server.silenceMillis();
    this.timer = vertx.setPeriodic(Math.max(50, silence / 8), _ -> listen(silence));
  }

  /** Sends it; fails with an {@link UpstreamException} as long as nothing was read of an answer. */
  Future<UpstreamAnswer> send() {
    server
        .request(HttpMethod.POST, asked.path())
        .compose(opened -> {
          request = opened;
          if (over) {
            var _ = opened.reset(CANCEL);
            return Future.failedFuture("nobody waits for it any more");
          }
          opened
              .putHeader("Content-Type", JSON)
              .putHeader("Accept", asked.stream() ? "text/event-stream" : JSON)
              .putHeader("x-request-id", asked.id());
          return opened.send(asked.body());
        })
        .onSuccess(this::answered)
        .onFailure(cause -> broken("can't be reached", cause));
    return begun.future();
  }

  private void answered(HttpClientResponse answer) {
    heardNanos = System.nanoTime();
    if (over) {
      var _ = answer.request().reset(CANCEL);
      return;
    }
    response = answer;
    answer.exceptionHandler(cause -> broken("broke off", cause));
    if (answer.statusCode() / 100 == 2) {
      answer.handler(this::data).endHandler(_ -> end());
    } else {
      answer
          .handler(this::refusal)
          .endHandler(_ ->
              end(
                  RefusedAnswer.parse(
                      server.name(), answer.statusCode(), answer.getHeader("Retry-After"), held)));
    }
  }

  private void refusal(Buffer bytes) {
    if (held.length() + bytes.length() <= RefusedAnswer.MAX_BYTES) {
      held.appendBuffer(bytes);
    }
  }

  private void data(Buffer bytes) {
    heardNanos = System.nanoTime();
    if (over) {
      return;
    }
    Reader reading = reader;
    if (reading != null) {
      reading.data(bytes);
      return;
    }
    held.appendBuffer(bytes);
    if (asked.stream() || held.length() >= HELD_BYTES) {
      pause();
      begun.tryComplete(this);
    }
  }

  private void end() {
    if (!over) {
      whole = true;
      conclude(new Outcome.Served());
      if (!begun.tryComplete(this) && reader != null) {
        reader.end();
      }
    }
  }

  /** Clients are not told what may name machines that are none of their business. */
  private void broken(String what, Throwable cause) {
    if (!over) {
      log.debug("upstream {} {}", server.name(), what, cause);
      fail(UpstreamFailure.UNREACHABLE, what);
    }
  }

  private void listen(long silenceMillis) {
    if (!paused && System.nanoTime() - heardNanos > silenceMillis * 1_000_000) {
      fail(UpstreamFailure.SILENT, "gave nothing for " + silenceMillis + " ms");
    }
  }

  /** As long as nothing was read of the answer, nobody has lost it. */
  private void fail(UpstreamFailure failure, String what) {
    String told = "The upstream '" + server.name() + "' " + what;
    end(
        begun.future().isComplete()
            ? UpstreamException.of(
                UpstreamFailure.LOST,
                told + " (an upstream's answer can't be resumed once it has begun).")
            : UpstreamException.of(failure, told + "."));
  }

  private void end(UpstreamException cause) {
    if (over) {
      return;
    }
    lost = cause;
    abandon();
    conclude(new Outcome.Failed(cause));
    if (!begun.tryFail(cause) && reader != null) {
      reader.lost(cause);
    }
  }

  private void conclude(Outcome ended) {
    over = true;
    vertx.cancelTimer(timer);
    outcome.accept(ended);
  }

  /** Nobody wants the answer any more: the upstream is told so at once. */
  void cancel() {
    if (!over) {
      abandon();
      conclude(new Outcome.Cancelled());
      begun.tryFail("cancelled");
    }
  }

  private void abandon() {
    if (request != null) {
      var _ = request.reset(CANCEL);
    }
  }

  @Override
  public String server() {
    return server.name();
  }

  @Override
  public int attempts() {
    return attempt;
  }

  @Override
  public String contentType() {
    String type = response == null ? null : response.getHeader("Content-Type");
    return type == null ? JSON : type;
  }

  @Override
  public boolean isWhole() {
    return whole;
  }

  @Override
  public void read(Reader newReader) {
    reader = newReader;
    Buffer first = held;
    held = Buffer.buffer();
    if (first.length() > 0) {
      newReader.data(first);
    }
    if (whole) {
      newReader.end();
    } else if (lost != null) {
      newReader.lost(lost);
    } else {
      resume();
    }
  }

  @Override
  public void pause() {
    if (!paused && response != null) {
      paused = true;
      response.pause();
    }
  }

  @Override
  public void resume() {
    if (paused && response != null) {
      paused = false;
      heardNanos = System.nanoTime();
      response.resume();
    }
  }
}
