package dev.flotilla.node.api;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.ext.web.RoutingContext;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.Supplier;

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
    return parse(ctx, _ -> Future.succeededFuture(), parse);
  }

  /**
   * The same.
   *
   * @param before what has to be done before it can be parsed; on the event loop
   */
  <T> Future<T> parse(
      RoutingContext ctx,
      Function<Fields, Future<Void>> before,
      BiFunction<Buffer, Fields, T> parse) {
    return reader
        .read(ctx.request())
        .compose(body ->
            here(body, () -> Fields.of(Json.object(body)))
                .compose(fields ->
                    before.apply(fields).compose(_ -> here(body, () -> parse.apply(body, fields))))
                .onComplete(parsed -> reader.release(body)));
  }

  /** On the event loop what is small, else on a worker thread. */
  private <T> Future<T> here(Buffer body, Supplier<T> work) {
    return body.length() <= LOOP_BYTES
        ? Future.succeededFuture(body).map(_ -> work.get())
        : vertx.executeBlocking(work::get, false);
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
