package dev.flotilla.node.api;

import dev.flotilla.node.upstream.Upstreams;
import java.util.Optional;
import java.util.function.Predicate;

/** Finds the model that a request is for. */
final class Models {
  private final ModelRegistry registry;
  private final Upstreams upstreams;

  Models(ModelRegistry registry, Upstreams upstreams) {
    this.registry = registry;
    this.upstreams = upstreams;
  }

  ModelRegistry registry() {
    return registry;
  }

  Upstreams upstreams() {
    return upstreams;
  }

  /**
   * The upstreams' model that a request is for. A name that some node serves now means that node's
   * model, and no name at all this node's first model, if it has any.
   */
  Optional<Upstreams.Meant> elsewhere(Fields fields) {
    Optional<String> id = fields.text("model").filter(text -> !text.isEmpty());
    if (id.isPresent()) {
      return isServedHere(id.get()) ? Optional.empty() : upstreams.find(id.get());
    }
    return registry.models().isEmpty()
        ? upstreams.models().stream().findFirst().flatMap(first -> upstreams.find(first.id()))
        : Optional.empty();
  }

  /** Whether this node or its swarm serves a model of that id now. */
  boolean isServedHere(String id) {
    return registry.models().stream().anyMatch(model -> model.id().equals(id));
  }

  /** The model that {@code model} names, or the first that generates text where it is left out. */
  ServedModel forText(Fields fields) {
    ServedModel model = named(fields, each -> !embeddingsOnly(each));
    if (embeddingsOnly(model)) {
      throw new ApiException(
          ApiFailure.UNSUPPORTED,
          "model",
          "The model '" + model.id() + "' gives embeddings and generates no text.");
    }
    return model;
  }

  /** The model that {@code model} names, or the first that is made for embeddings, or the first. */
  ServedModel forEmbeddings(Fields fields) {
    return named(fields, Models::embeddingsOnly);
  }

  /** The model that {@code model} names, or the first. */
  ServedModel any(Fields fields) {
    return named(fields, each -> true);
  }

  /** The model of an id. */
  ServedModel byId(String id) {
    return registry
        .find(id)
        .orElseThrow(() ->
            upstreams.find(id).isPresent()
                ? new ApiException(
                    ApiFailure.UNSUPPORTED,
                    "model",
                    "The model '" + id + "' is an upstream's, which is asked for answers only.")
                : new ApiException(
                    ApiFailure.MODEL_UNKNOWN, "model", "The model '" + id + "' does not exist."));
  }

  private ServedModel named(Fields fields, Predicate<ServedModel> preferred) {
    // Clients that must send some name, but have none to send, send an empty one.
    Optional<String> id = fields.text("model").filter(text -> !text.isEmpty());
    if (id.isPresent()) {
      return byId(id.get());
    }
    var models = registry.models();
    return models.stream()
        .filter(preferred)
        .findFirst()
        .or(() -> models.stream().findFirst())
        .orElseThrow(() ->
            new ApiException(ApiFailure.MODEL_UNKNOWN, "model", "This node serves no model yet."));
  }

  private static boolean embeddingsOnly(ServedModel model) {
    return model.pipeline().model().embeddingsOnly();
  }
}
