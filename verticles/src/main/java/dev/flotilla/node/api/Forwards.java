package dev.flotilla.node.api;

import dev.flotilla.node.upstream.AnswerPump;
import dev.flotilla.node.upstream.UpstreamAnswer;
import dev.flotilla.node.upstream.UpstreamCall;
import dev.flotilla.node.upstream.UpstreamException;
import dev.flotilla.node.upstream.UpstreamRequest;
import dev.flotilla.node.upstream.Upstreams;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.RoutingContext;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;

/** Passes requests on whose model an upstream serves, as they are. One event loop. */
final class Forwards {
  /** Tells which upstream answered. */
  static final String UPSTREAM_HEADER = "x-flotilla-upstream";

  private final Models models;
  private final Upstreams upstreams;
  private final OnDemand onDemand;
  private final RequestBodies bodies;
  private final LiveAnswers live;
  private final ApiMetrics metrics;

  Forwards(
      Models models,
      Upstreams upstreams,
      OnDemand onDemand,
      RequestBodies bodies,
      LiveAnswers live,
      ApiMetrics metrics) {
    this.models = models;
    this.upstreams = upstreams;
    this.onDemand = onDemand;
    this.bodies = bodies;
    this.live = live;
    this.metrics = metrics;
  }

  /** What a request turned out to be. */
  private sealed interface Parsed<T> {
    record Here<T>(T request) implements Parsed<T> {}

    record Elsewhere<T>(UpstreamRequest request) implements Parsed<T> {}
  }

  /**
   * Answers a request.
   *
   * @param path its path as upstreams know it
   * @param parse what it asks of this node or its swarm; a pure function, on any thread
   * @param serve does that
   */
  <T> void answer(RoutingContext ctx, String path, Function<Fields, T> parse, Consumer<T> serve) {
    boolean passedOnBefore = ctx.request().getHeader(Upstreams.HOP_HEADER) != null;
    String id = ctx.get(Responses.REQUEST_ID);
    var _ =
        bodies
            .parse(
                ctx,
                fields -> ready(ctx, fields, passedOnBefore),
                (body, fields) ->
                    parsed(path, id, body, fields, passedOnBefore)
                        .<Parsed<T>>map(Parsed.Elsewhere::new)
                        .orElseGet(() -> new Parsed.Here<>(parse.apply(fields))))
            .compose(parsed -> {
              switch (parsed) {
                case Parsed.Here<T>(T request) -> serve.accept(request);
                case Parsed.Elsewhere<T>(UpstreamRequest request) -> pass(ctx, request);
              }
              return Future.succeededFuture();
            })
            .onFailure(cause -> StreamedAnswer.refuse(ctx, cause));
  }

  /** What an upstream serves need not be loaded. */
  private Future<Void> ready(RoutingContext ctx, Fields fields, boolean passedOnBefore) {
    return !passedOnBefore && models.elsewhere(fields).isPresent()
        ? Future.succeededFuture()
        : onDemand.ready(ctx, fields);
  }

  private Optional<UpstreamRequest> parsed(
      String path, String id, Buffer body, Fields fields, boolean passedOnBefore) {
    return (passedOnBefore ? Optional.<Upstreams.Meant>empty() : models.elsewhere(fields))
        .map(meant ->
            new UpstreamRequest(
                path,
                meant.model(),
                meant.server(),
                named(meant.model(), body, fields.asMap()),
                fields.flag("stream", false),
                id));
  }

  /** The body, which names the model as upstreams do. */
  private static Buffer named(String model, Buffer body, Map<String, Object> fields) {
    if (model.equals(fields.get("model"))) {
      return body;
    }
    JsonObject renamed = new JsonObject();
    fields.forEach(renamed::put);
    return renamed.put("model", model).toBuffer();
  }

  private void pass(RoutingContext ctx, UpstreamRequest request) {
    Runnable release = bodies.hold(request.body());
    UpstreamCall call = upstreams.send(request);
    HttpServerResponse response = ctx.response();
    LiveAnswers.Live answering =
        cause -> {
          call.cancel();
          if (response.headWritten()) {
            AnswerPump.breakOff(response, Responses.describe(ctx, cause).toJson());
          } else {
            Responses.fail(ctx, cause);
          }
        };
    PassedTokens tokens = new PassedTokens(request.body().length());
    ctx.addEndHandler(_ -> {
      call.cancel();
      live.remove(answering);
      release.run();
      Caller.of(ctx).budget().spend(tokens.total());
      metrics.passed(request.model(), tokens.prompt(), tokens.completion());
    });
    live.add(answering);
    var _ =
        call.answer()
            .onSuccess(answer -> pump(answer, response, tokens))
            .onFailure(cause -> {
              if (cause instanceof UpstreamException refused) {
                AnswerPump.refuse(response, refused);
              }
            });
  }

  private static void pump(
      UpstreamAnswer answer, HttpServerResponse response, PassedTokens tokens) {
    response
        .putHeader(UPSTREAM_HEADER, answer.server())
        .putHeader(AnswerHeaders.ATTEMPTS, Integer.toString(answer.attempts()));
    AnswerPump.pump(answer, response, tokens::add);
  }
}
