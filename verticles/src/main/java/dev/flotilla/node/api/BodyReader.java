package dev.flotilla.node.api;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;

/**
 * Reads a request body within a size and a time, whatever its content type says: curl calls JSON a
 * form unless told otherwise.
 */
final class BodyReader {
  private final Vertx vertx;
  private final int limitBytes;
  private final long timeoutMillis;

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
   * longer than the timeout loses its connection.
   *
   * @return fails with 413, 408, or, where the connection broke, 400
   */
  Future<Buffer> read(HttpServerRequest request) {
    Promise<Buffer> promise = Promise.promise();
    Buffer body = Buffer.buffer();
    long timer =
        vertx.setTimer(
            timeoutMillis,
            late -> {
              if (!promise.tryFail(timeout())) {
                request.connection().close();
              }
            });
    if (declaredBytes(request) > limitBytes) {
      promise.tryFail(tooLarge());
    }
    request.handler(chunk -> {
      if (promise.future().isComplete()) {
        return;
      }
      if (body.length() + chunk.length() > limitBytes) {
        promise.tryFail(tooLarge());
      } else {
        body.appendBuffer(chunk);
      }
    });
    request.exceptionHandler(broken -> {
      vertx.cancelTimer(timer);
      promise.tryFail(cut());
    });
    request.endHandler(end -> {
      vertx.cancelTimer(timer);
      promise.tryComplete(body);
    });
    return promise.future();
  }

  /** What {@code Content-Length} says, which Netty has validated; 0 without it. */
  private static long declaredBytes(HttpServerRequest request) {
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

  private static ApiException cut() {
    return new ApiException(
        ApiFailure.INVALID_REQUEST, "The body ended before all of it had arrived.");
  }

  private ApiException timeout() {
    return new ApiException(
        ApiFailure.BODY_TIMEOUT, "The body did not arrive within " + timeoutMillis + " ms.");
  }
}
