package dev.flotilla.node.api;

import dev.flotilla.node.upstream.UpstreamModel;
import dev.flotilla.node.upstream.UpstreamModel.UpstreamReplica;
import dev.flotilla.node.upstream.Upstreams;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/** How {@code /v1/models} shows what upstreams serve. */
final class UpstreamListing {
  private UpstreamListing() {}

  /**
   * The entries of a model: one under its name, or, where that means another, one for each upstream
   * under {@code UPSTREAM/MODEL}.
   */
  static List<JsonObject> of(UpstreamModel model, Predicate<String> servedHere) {
    if (!servedHere.test(model.id())) {
      return List.of(entry(model.id(), model, model.replicas()));
    }
    return model.replicas().stream()
        .map(each -> entry(each.server() + "/" + model.id(), model, List.of(each)))
        .toList();
  }

  /** The entry that a name means. */
  static Optional<JsonObject> find(Upstreams upstreams, String name) {
    return upstreams
        .find(name)
        .flatMap(meant ->
            upstreams.models().stream()
                .filter(model -> model.id().equals(meant.model()))
                .findFirst()
                .map(model -> entry(name, model, replicas(model, meant.server()))));
  }

  private static List<UpstreamReplica> replicas(UpstreamModel model, Optional<String> only) {
    return model.replicas().stream()
        .filter(each -> only.isEmpty() || only.get().equals(each.server()))
        .toList();
  }

  private static JsonObject entry(String id, UpstreamModel model, List<UpstreamReplica> replicas) {
    return new JsonObject()
        .put("id", id)
        .put("object", "model")
        .put("created", model.createdSeconds())
        .put("owned_by", "upstream")
        .put("replicas", new JsonArray(replicas.stream().map(UpstreamListing::replica).toList()));
  }

  private static JsonObject replica(UpstreamReplica replica) {
    JsonObject json =
        new JsonObject()
            .put("upstream", replica.server())
            .put("name", replica.server())
            .put("state", "ready")
            .put("running", replica.running());
    return replica.contextTokens() > 0 ? json.put("n_ctx", replica.contextTokens()) : json;
  }
}
