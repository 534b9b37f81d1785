package dev.flotilla.node.api;

import dev.flotilla.engine.Prompt;
import dev.flotilla.sharding.Pipeline;
import io.vertx.core.Future;
import io.vertx.ext.web.RoutingContext;
import java.util.List;
import java.util.function.Function;

/** {@code /v1/chat/completions} and {@code /v1/completions}. */
final class GenerationRoutes {
  /** Tells the seed that was used, so that any answer can be had again. */
  static final String SEED_HEADER = "x-flotilla-seed";

  private final Models models;
  private final Forwards forwards;
  private final OnDemand onDemand;
  private final Grammars grammars;
  private final SamplingDefaults defaults;
  private final LiveAnswers live;
  private final ApiMetrics metrics;
  private final String fingerprint;

  GenerationRoutes(
      Models models,
      Forwards forwards,
      OnDemand onDemand,
      Grammars grammars,
      SamplingDefaults defaults,
      LiveAnswers live,
      ApiMetrics metrics,
      String fingerprint) {
    this.models = models;
    this.forwards = forwards;
    this.onDemand = onDemand;
    this.grammars = grammars;
    this.defaults = defaults;
    this.live = live;
    this.metrics = metrics;
    this.fingerprint = fingerprint;
  }

  void chat(RoutingContext ctx) {
    answer(
        ctx,
        "/v1/chat/completions",
        fields -> GenerationRequest.chat(fields, models.forText(fields), grammars, defaults));
  }

  void complete(RoutingContext ctx) {
    answer(
        ctx,
        "/v1/completions",
        fields -> GenerationRequest.completion(fields, models.forText(fields), grammars, defaults));
  }

  private void answer(RoutingContext ctx, String path, Function<Fields, GenerationRequest> parse) {
    long startNanos = System.nanoTime();
    forwards.answer(
        ctx,
        path,
        parse,
        request ->
            echoes(request)
                .map(echoes -> start(ctx, request, echoes, startNanos))
                .onFailure(cause -> StreamedAnswer.refuse(ctx, cause)));
  }

  private static Future<List<String>> echoes(GenerationRequest request) {
    Pipeline pipeline = request.model().pipeline();
    List<Future<String>> echoes =
        request.prompts().stream().map(prompt -> echo(prompt, pipeline, request.echo())).toList();
    return Future.all(echoes).map(all -> all.list());
  }

  private static Future<String> echo(Prompt prompt, Pipeline pipeline, boolean wanted) {
    if (!wanted) {
      return Future.succeededFuture("");
    }
    return switch (prompt) {
      case Prompt.Text text -> Future.succeededFuture(text.text());
      case Prompt.Tokens tokens -> pipeline.detokenize(tokens.ids());
    };
  }

  private Sessions start(
      RoutingContext ctx, GenerationRequest request, List<String> echoes, long startNanos) {
    GenerationOptions options = request.options();
    ServedModel model = request.model();
    if (!ctx.response().headWritten()) {
      ctx.response().putHeader(SEED_HEADER, Long.toString(options.sampling().seed()));
    }
    AnswerHead head = AnswerHead.next(request.kind(), model.id(), fingerprint);
    Sessions.Listener answer =
        options.stream()
            ? new StreamedAnswer(ctx, head, request, echoes)
            : new CollectedAnswer(ctx, head, request, echoes);
    var requests = request.sessions();
    var meter =
        metrics.generation(model.id(), Caller.of(ctx).budget(), requests.size(), startNanos);
    SessionHints hints = SessionHints.of(ctx, request);
    Sessions sessions =
        new Sessions(
            requests,
            (session, owner) -> onDemand.open(ctx, model, options.stream(), session, owner),
            hints,
            answer,
            meter);
    live.add(sessions);
    ctx.addEndHandler(end -> {
      // However it ended: a client that went away must not keep a slot.
      sessions.cancel();
      live.remove(sessions);
    });
    sessions.open();
    return sessions;
  }
}
