package dev.flotilla.node.api;

import dev.flotilla.sharding.Pipeline;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.RoutingContext;

/** {@code /tokenize}, {@code /detokenize} and {@code /apply-template}, as llama-server has them. */
final class TokenRoutes {
  private final Models models;
  private final RequestBodies bodies;

  TokenRoutes(Models models, RequestBodies bodies) {
    this.models = models;
    this.bodies = bodies;
  }

  private record Text(Pipeline pipeline, String content, boolean addSpecial, boolean parseSpecial) {
    Future<int[]> tokens() {
      return pipeline.tokenize(content, addSpecial, parseSpecial);
    }
  }

  private record Tokens(Pipeline pipeline, int[] ids) {
    Future<String> text() {
      return pipeline.detokenize(ids);
    }
  }

  void tokenize(RoutingContext ctx) {
    bodies
        .parse(ctx, this::text)
        .compose(Text::tokens)
        .map(ids -> {
          JsonArray tokens = new JsonArray();
          for (int id : ids) {
            tokens.add(id);
          }
          return new JsonObject().put("tokens", tokens);
        })
        .onSuccess(json -> Responses.json(ctx, json))
        .onFailure(ctx::fail);
  }

  void detokenize(RoutingContext ctx) {
    bodies
        .parse(ctx, this::tokens)
        .compose(Tokens::text)
        .onSuccess(text -> Responses.json(ctx, new JsonObject().put("content", text)))
        .onFailure(ctx::fail);
  }

  void applyTemplate(RoutingContext ctx) {
    bodies
        .parse(ctx, this::prompt)
        .onSuccess(prompt -> Responses.json(ctx, new JsonObject().put("prompt", prompt)))
        .onFailure(ctx::fail);
  }

  private String prompt(Fields fields) {
    return ChatMessages.parse(fields, ToolUse.parse(fields))
        .render(models.forText(fields).template());
  }

  private Text text(Fields fields) {
    return new Text(
        models.any(fields).pipeline(),
        fields.requiredText("content"),
        fields.flag("add_special", false),
        fields.flag("parse_special", true));
  }

  private Tokens tokens(Fields fields) {
    Pipeline pipeline = models.any(fields).pipeline();
    if (!fields.has("tokens")) {
      throw fields.missing("tokens");
    }
    if (fields.list("tokens").isEmpty()) {
      return new Tokens(pipeline, new int[0]);
    }
    int vocabularySize = pipeline.model().vocabularySize();
    return new Tokens(
        pipeline, Prompts.tokens(fields.path("tokens"), fields.list("tokens"), vocabularySize));
  }
}
