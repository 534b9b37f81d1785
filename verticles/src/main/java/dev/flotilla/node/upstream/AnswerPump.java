package dev.flotilla.node.upstream;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.json.JsonObject;
import java.util.function.Consumer;

/**
 * Writes an upstream's answer to a client as it comes, no faster than the client reads. Ends what
 * breaks off with an error event, or, where it is no stream of events, by breaking the connection:
 * whatever else could be written would be taken for a part of the answer.
 */
public final class AnswerPump implements UpstreamAnswer.Reader {
  private static final String EVENTS = "text/event-stream";

  private final UpstreamAnswer answer;
  private final HttpServerResponse response;
  private final Consumer<Buffer> seen;
  private final boolean isStream;
  private final WholeEvents events = new WholeEvents();

  private AnswerPump(UpstreamAnswer answer, HttpServerResponse response, Consumer<Buffer> seen) {
    this.answer = answer;
    this.response = response;
    this.seen = seen;
    this.isStream = answer.contentType().startsWith(EVENTS);
  }

  /**
   * Begins to write. The head of the response is not written yet.
   *
   * @param seen told of everything that is written
   */
  public static void pump(
      UpstreamAnswer answer, HttpServerResponse response, Consumer<Buffer> seen) {
    AnswerPump pump = new AnswerPump(answer, response, seen);
    response.setStatusCode(200).putHeader("Content-Type", answer.contentType());
    if (pump.isStream) {
      response.putHeader("Cache-Control", "no-cache").putHeader("X-Accel-Buffering", "no");
    }
    if (pump.isStream || !answer.isWhole()) {
      response.setChunked(true);
    }
    answer.read(pump);
  }

  @Override
  public void data(Buffer bytes) {
    Buffer out = isStream ? events.add(bytes) : bytes;
    if (out.length() == 0 || isGone()) {
      return;
    }
    seen.accept(out);
    if (answer.isWhole() && !isStream) {
      // With its length in the head.
      var _ = response.end(out);
      return;
    }
    var _ = response.write(out);
    if (response.writeQueueFull()) {
      answer.pause();
      response.drainHandler(_ -> answer.resume());
    }
  }

  @Override
  public void end() {
    if (!isGone()) {
      var _ = response.end(events.rest());
    }
  }

  @Override
  public void lost(UpstreamException cause) {
    breakOff(response, cause.toJson());
  }

  /** Ends an answer that has begun with an error; see above. */
  public static void breakOff(HttpServerResponse response, JsonObject error) {
    if (response.ended() || response.closed()) {
      return;
    }
    if (String.valueOf(response.headers().get("Content-Type")).startsWith(EVENTS)) {
      var _ = response.end("data: " + error.encode() + "\n\n");
    } else {
      var _ = response.reset();
    }
  }

  private boolean isGone() {
    return response.ended() || response.closed();
  }

  /** Ends a request that no upstream answered, nothing of whose response was written yet. */
  public static void refuse(HttpServerResponse response, UpstreamException cause) {
    if (response.ended() || response.closed()) {
      return;
    }
    if (cause.retryAfterSeconds() > 0) {
      response.putHeader("Retry-After", Integer.toString(cause.retryAfterSeconds()));
    }
    var _ =
        response
            .setStatusCode(cause.status())
            .putHeader("Content-Type", "application/json; charset=utf-8")
            .end(cause.toJson().toBuffer());
  }
}
