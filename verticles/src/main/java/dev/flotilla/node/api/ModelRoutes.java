package dev.flotilla.node.api;

import dev.flotilla.node.topology.ModelOffer;
import dev.flotilla.node.upstream.Upstreams;
import dev.flotilla.sharding.ModelCard;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.RoutingContext;
import java.util.List;

/** {@code /v1/models} and {@code /v1/models/{id}}. */
final class ModelRoutes {
  private final Models models;
  private final OnDemand onDemand;

  /**
   * @param onDemand models that requests may have loaded
   */
  ModelRoutes(Models models, OnDemand onDemand) {
    this.models = models;
    this.onDemand = onDemand;
  }

  void list(RoutingContext ctx) {
    JsonArray data = new JsonArray();
    models.registry().models().forEach(model -> data.add(describe(model)));
    onDemand.models().stream()
        .filter(model -> !models.isServedHere(model.id()))
        .forEach(model -> data.add(unloaded(model)));
    if (ctx.request().getHeader(Upstreams.HOP_HEADER) == null) {
      models
          .upstreams()
          .models()
          .forEach(model -> UpstreamListing.of(model, models::isServedHere).forEach(data::add));
    }
    Responses.json(ctx, new JsonObject().put("object", "list").put("data", data));
  }

  /** The id is all of the path after {@code /models/}: names of models may hold slashes. */
  void get(RoutingContext ctx) {
    String id = Endpoint.rest(ctx);
    JsonObject found =
        models.isServedHere(id)
            ? describe(models.byId(id))
            : UpstreamListing.find(models.upstreams(), id)
                .orElseGet(() -> describe(models.byId(id)));
    Responses.json(ctx, found);
  }

  /** A model that the first request for it has loaded. */
  private static JsonObject unloaded(ModelOffer model) {
    return new JsonObject()
        .put("id", model.id())
        .put("object", "model")
        .put("created", 0)
        .put("owned_by", "flotilla")
        .put("loaded", false)
        .put(
            "meta",
            new JsonObject()
                .put("n_layer", model.layers())
                .put("n_ctx", model.contextTokens())
                .put("size", model.bytes()));
  }

  /** OpenAI's fields, llama-server's {@code meta}, and where in the swarm it runs. */
  private JsonObject describe(ServedModel model) {
    ModelCard card = model.pipeline().model();
    JsonObject json =
        new JsonObject()
            .put("id", card.id())
            .put("object", "model")
            .put("created", card.createdSeconds())
            .put("owned_by", "flotilla")
            .put(
                "meta",
                new JsonObject()
                    .put("architecture", card.architecture())
                    .put("quantization", card.quantization())
                    .put("n_layer", card.layers())
                    .put("n_vocab", card.vocabularySize())
                    .put("n_ctx", model.pipeline().status().contextTokens())
                    .put("n_ctx_train", card.trainedContext())
                    .put("n_embd", card.embeddingWidth())
                    .put("n_params", card.parameters())
                    .put("size", card.bytes())
                    .put("embeddings_only", card.embeddingsOnly()));
    List<ReplicaView> replicas = models.registry().replicas(card.id());
    return replicas.isEmpty()
        ? json
        : json.put("replicas", new JsonArray(replicas.stream().map(ReplicaView::toJson).toList()));
  }
}
