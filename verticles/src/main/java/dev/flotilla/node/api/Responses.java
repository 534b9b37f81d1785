package dev.flotilla.node.api;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.RoutingContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Ends requests. */
final class Responses {
  /** The routing context's key of the request's id. */
  static final String REQUEST_ID = "requestId";

  private static final Logger LOG = LoggerFactory.getLogger(Responses.class);

  private Responses() {}

  static void json(RoutingContext ctx, JsonObject body) {
    json(ctx, body.toBuffer());
  }

  static void json(RoutingContext ctx, Buffer body) {
    end(ctx, 200, "application/json; charset=utf-8", body);
  }

  static void end(RoutingContext ctx, int status, String contentType, Buffer body) {
    HttpServerResponse response = ctx.response();
    if (!response.ended() && !response.closed()) {
      response.setStatusCode(status).putHeader("Content-Type", contentType).end(body);
    }
  }

  /** Ends a request that failed, where nothing of its answer was sent yet. */
  static void fail(RoutingContext ctx, Throwable cause) {
    ApiError error = describe(ctx, cause);
    if (error.failure().retryAfterSeconds() > 0) {
      ctx.response()
          .putHeader("Retry-After", Integer.toString(error.failure().retryAfterSeconds()));
    }
    Buffer body = error.toJson().toBuffer();
    end(ctx, error.failure().status(), "application/json; charset=utf-8", body);
    if (error.failure() == ApiFailure.BODY_TIMEOUT) {
      // The rest of the body may never come, and no other request can before it.
      abandon(ctx.request());
    }
  }

  /**
   * Ends a request whose body may never end: over HTTP/1 with its connection, over HTTP/2 alone, as
   * others share the connection.
   */
  static void abandon(HttpServerRequest request) {
    if (request.version() == HttpVersion.HTTP_2) {
      request.response().reset();
    } else {
      request.connection().close();
    }
  }

  /** The client's view of a failure; what is our own fault is logged, here and once. */
  static ApiError describe(RoutingContext ctx, Throwable cause) {
    ApiError error = ApiError.of(cause);
    if (error.failure() == ApiFailure.INTERNAL) {
      LOG.error("Request {} failed", ctx.<String>get(REQUEST_ID), cause);
    }
    return error;
  }
}
