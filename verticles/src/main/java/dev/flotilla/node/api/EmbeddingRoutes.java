package dev.flotilla.node.api;

import dev.flotilla.engine.Prompt;
import dev.flotilla.sharding.Embeddings;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.RoutingContext;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;

/** {@code /v1/embeddings}. */
final class EmbeddingRoutes {
  /** The most inputs of one request (OpenAI's bound). */
  static final int MAX_INPUTS = 2048;

  private final Models models;
  private final Forwards forwards;
  private final OnDemand onDemand;
  private final ApiMetrics metrics;

  EmbeddingRoutes(Models models, Forwards forwards, OnDemand onDemand, ApiMetrics metrics) {
    this.models = models;
    this.forwards = forwards;
    this.onDemand = onDemand;
    this.metrics = metrics;
  }

  /**
   * A request for embeddings.
   *
   * @param dimensions components kept of each; what is kept is scaled to length 1 again, as OpenAI
   *     does. It means something for models that were trained for it
   * @param base64 whether a vector is sent as base64 of little-endian floats
   */
  private record EmbeddingRequest(
      ServedModel model, List<Prompt> inputs, int dimensions, boolean base64) {}

  void embed(RoutingContext ctx) {
    forwards.answer(
        ctx,
        "/v1/embeddings",
        this::parse,
        request ->
            onDemand
                .call(ctx, request.model(), pipeline -> pipeline.embed(request.inputs()))
                .map(embeddings -> {
                  Caller.of(ctx).budget().spend(embeddings.promptTokens());
                  return body(request, embeddings);
                })
                .onSuccess(body -> Responses.json(ctx, body))
                .onFailure(ctx::fail));
  }

  private EmbeddingRequest parse(Fields fields) {
    ServedModel model = models.forEmbeddings(fields);
    var card = model.pipeline().model();
    String format = fields.text("encoding_format").orElse("float");
    if (!format.equals("float") && !format.equals("base64")) {
      throw fields.invalid("encoding_format", "'encoding_format' must be float or base64.");
    }
    return new EmbeddingRequest(
        model,
        Prompts.parse(fields, "input", MAX_INPUTS, card.vocabularySize()),
        fields.integer("dimensions", card.embeddingWidth(), 1, card.embeddingWidth()),
        format.equals("base64"));
  }

  private Buffer body(EmbeddingRequest request, Embeddings embeddings) {
    metrics.embedded(request.model().id(), embeddings.promptTokens());
    JsonArray data = new JsonArray();
    for (float[] vector : embeddings.vectors()) {
      float[] kept = shortened(vector, request.dimensions());
      data.add(
          new JsonObject()
              .put("object", "embedding")
              .put("index", data.size())
              .put("embedding", request.base64() ? base64(kept) : array(kept)));
    }
    return new JsonObject()
        .put("object", "list")
        .put("data", data)
        .put("model", request.model().id())
        .put(
            "usage",
            new JsonObject()
                .put("prompt_tokens", embeddings.promptTokens())
                .put("total_tokens", embeddings.promptTokens()))
        .toBuffer();
  }

  /** The first components, scaled to Euclidean length 1. */
  static float[] shortened(float[] vector, int dimensions) {
    if (dimensions >= vector.length) {
      return vector;
    }
    float[] kept = Arrays.copyOf(vector, dimensions);
    double squares = 0;
    for (float component : kept) {
      squares += (double) component * component;
    }
    double length = Math.sqrt(squares);
    for (int i = 0; i < kept.length && length > 0; i++) {
      kept[i] = (float) (kept[i] / length);
    }
    return kept;
  }

  private static String base64(float[] vector) {
    ByteBuffer bytes =
        ByteBuffer.allocate(vector.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asFloatBuffer().put(vector);
    return Base64.getEncoder().encodeToString(bytes.array());
  }

  private static JsonArray array(float[] vector) {
    JsonArray array = new JsonArray();
    for (float component : vector) {
      array.add(component);
    }
    return array;
  }
}
