package dev.flotilla.node.lending;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.streams.ReadStream;
import java.io.IOException;

/** The body of a request or an answer, as far as it may go. */
public final class BoundedBody {
  private BoundedBody() {}

  /**
   * Reads it.
   *
   * @param body nothing of which was read yet; call on its context
   * @return fails if it is longer; what comes then is dropped
   */
  public static Future<Buffer> read(ReadStream<Buffer> body, int maxBytes) {
    Promise<Buffer> read = Promise.promise();
    Buffer collected = Buffer.buffer();
    body.handler(part -> {
      if (collected.length() + part.length() > maxBytes) {
        read.tryFail(new IOException("a body of more than " + maxBytes + " bytes"));
      } else {
        collected.appendBuffer(part);
      }
    });
    body.exceptionHandler(read::tryFail);
    body.endHandler(_ -> read.tryComplete(collected));
    return read.future();
  }
}
