package dev.flotilla.node.api;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;

/**
 * Reads request bodies within a size and a time, whatever their content type says: curl calls JSON
 * a form unless told otherwise. One event loop only.
 */
final class BodyReader {
  /** How many of the largest bodies may be held at once, in bytes of any. */
  static final int MOST_HELD_BODIES = 16;

  private final Vertx vertx;
  private final int limitBytes;
  private final long timeoutMillis;
  private long heldBytes;

  BodyReader(Vertx vertx, int limitBytes, long timeoutMillis) {
    this.vertx = vertx;
    this.limitBytes = limitBytes;
    this.timeoutMillis = timeoutMillis;
  }

  /**
   * The body; must be called in the turn in which the request arrived.
   *
   * <p>A body that is too large is refused at once, and what still comes of it is dropped unread: a
   * client reads no answer on a connection that is closed while it writes. One that goes on for
   * longer than the timeout {@linkplain Responses#abandon ends}.
   *
   * @return the body, to be {@linkplain #release released}; or fails with 413, 408, 429 where too
   *     much is held already, or 400 where the connection broke
   */
  Future<Buffer> read(HttpServerRequest request) {
    return new Reading(request).start();
  }

  /** Counts a body as held; what is returned says that it no longer is. */
  Runnable hold(Buffer body) {
    heldBytes += body.length();
    return () -> release(body);
  }

  /** Says that a body is no longer held. */
  void release(Buffer body) {
    heldBytes -= body.length();
  }

  /** One body on its way. */
  private final class Reading {
    private final HttpServerRequest request;
    private final Promise<Buffer> promise = Promise.promise();
    private Buffer body = Buffer.buffer();

    Reading(HttpServerRequest request) {
      this.request = request;
    }

    Future<Buffer> start() {
      long timer = vertx.setTimer(timeoutMillis, late -> giveUp());
      if (declaredBytes() > limitBytes) {
        fail(tooLarge());
      }
      request.handler(this::append);
      request.exceptionHandler(broken -> {
        vertx.cancelTimer(timer);
        fail(
            new ApiException(
                ApiFailure.INVALID_REQUEST, "The body ended before all of it had arrived."));
      });
      request.endHandler(end -> {
        vertx.cancelTimer(timer);
        promise.tryComplete(body);
      });
      return promise.future();
    }

    private void append(Buffer chunk) {
      if (promise.future().isComplete()) {
        return;
      }
      if (body.length() + chunk.length() > limitBytes) {
        fail(tooLarge());
      } else if (heldBytes + chunk.length() > (long) MOST_HELD_BODIES * limitBytes) {
        fail(new ApiException(ApiFailure.QUEUE_FULL, "Too many large requests at once."));
      } else {
        heldBytes += chunk.length();
        body.appendBuffer(chunk);
      }
    }

    private void fail(ApiException cause) {
      if (promise.tryFail(cause)) {
        release(body);
        body = Buffer.buffer();
      }
    }

    private void giveUp() {
      if (promise.future().isComplete()) {
        Responses.abandon(request);
        return;
      }
      fail(
          new ApiException(
              ApiFailure.BODY_TIMEOUT, "The body did not arrive within " + timeoutMillis + " ms."));
    }

    /** What {@code Content-Length} says, which Netty has validated; 0 without it. */
    private long declaredBytes() {
      String length = request.getHeader("Content-Length");
      try {
        return length == null ? 0 : Long.parseLong(length);
      } catch (NumberFormatException e) {
        return 0;
      }
    }

    private ApiException tooLarge() {
      return new ApiException(
          ApiFailure.BODY_TOO_LARGE, "The body may have " + limitBytes + " bytes.");
    }
  }
}
