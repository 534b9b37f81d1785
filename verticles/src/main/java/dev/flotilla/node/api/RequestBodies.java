package dev.flotilla.node.api;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.ext.web.RoutingContext;
import java.util.function.BiFunction;
import java.util.function.Function;

/**
 * Turns bodies into requests: small ones at once, large ones on a worker thread, as JSON and chat
 * templates of a megabyte would hold up every stream of the event loop.
 */
final class RequestBodies {
  /** The largest body that is read on the event loop. */
  static final int LOOP_BYTES = 64 * 1024;

  private final Vertx vertx;
  private final BodyReader reader;

  RequestBodies(Vertx vertx, BodyReader reader) {
    this.vertx = vertx;
    this.reader = reader;
  }

  /**
   * The request that a body holds.
   *
   * @param parse a pure function of the body's fields, on any thread
   */
  <T> Future<T> parse(RoutingContext ctx, Function<Fields, T> parse) {
    return parse(ctx, (_, fields) -> parse.apply(fields));
  }

  /** The same, where the body itself matters too. */
  <T> Future<T> parse(RoutingContext ctx, BiFunction<Buffer, Fields, T> parse) {
    return reader
        .read(ctx.request())
        .compose(body -> parse(body, parse).onComplete(parsed -> reader.release(body)));
  }

  private <T> Future<T> parse(Buffer body, BiFunction<Buffer, Fields, T> parse) {
    return body.length() <= LOOP_BYTES
        ? Future.succeededFuture(body).map(small -> parseNow(small, parse))
        : vertx.executeBlocking(() -> parseNow(body, parse), false);
  }

  private static <T> T parseNow(Buffer body, BiFunction<Buffer, Fields, T> parse) {
    return parse.apply(body, Fields.of(Json.object(body)));
  }

  /**
   * Counts a body among those that are held, longer than parsing it takes.
   *
   * @return says that it is no longer held; once
   */
  Runnable hold(Buffer body) {
    return reader.hold(body);
  }
}
