package dev.flotilla.node.api;

import dev.flotilla.federation.state.Event;
import dev.flotilla.federation.state.LogEntry;
import dev.flotilla.federation.state.Member;
import dev.flotilla.federation.state.ModelEntry;
import dev.flotilla.federation.state.Placement;
import dev.flotilla.federation.state.Replacement;
import dev.flotilla.federation.state.ReplicaCount;
import dev.flotilla.federation.state.SwarmState;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;

/** What the swarm has decided, as JSON. */
final class StateJson {

  private StateJson() {}

  static JsonObject of(SwarmState state) {
    return new JsonObject()
        .put("epoch", state.epoch())
        .put("leader", state.leaderId())
        .put("index", state.index())
        .put("hash", HexFormat.of().toHexDigits(state.hash()))
        .put("nodes", object(state.members(), StateJson::of))
        .put("models", object(state.models(), StateJson::of))
        .put("replicas", object(state.replicas(), StateJson::of))
        .put("pinned", new JsonArray(state.pinnedModels().stream().toList()))
        .put("instances", object(state.placements(), StateJson::of));
  }

  private static <V> JsonObject object(Map<String, V> values, Function<V, JsonObject> json) {
    JsonObject object = new JsonObject();
    values.forEach((key, value) -> object.put(key, json.apply(value)));
    return object;
  }

  private static JsonObject of(Member member) {
    return new JsonObject()
        .put("id", member.nodeId())
        .put("name", member.name())
        .put("role", member.role())
        .put("votes", member.votes())
        .put("lent_bytes", member.lentBytes());
  }

  private static JsonObject of(ModelEntry model) {
    return new JsonObject()
        .put("id", model.modelId())
        .put("layers", model.layers())
        .put("bytes", model.bytes())
        .put("digest", model.digest());
  }

  private static JsonObject of(ReplicaCount count) {
    return new JsonObject().put("min", count.min()).put("max", count.max());
  }

  static JsonObject of(Placement placement) {
    JsonObject json =
        withProblem(
            new JsonObject()
                .put("id", placement.pipelineId())
                .put("model_id", placement.modelId())
                .put("build_id", placement.buildId())
                .put("on_demand", placement.onDemand())
                .put("rebalanced", placement.terms().isPresent())
                .put("status", label(placement.status()))
                .put("stages", stages(placement.stages())),
            placement.problem());
    placement.replacement().ifPresent(next -> json.put("replacement", of(next)));
    return json;
  }

  private static JsonArray stages(List<Placement.StageAt> stages) {
    JsonArray json = new JsonArray();
    for (Placement.StageAt stage : stages) {
      json.add(
          new JsonObject()
              .put("node", stage.nodeId())
              .put("from", stage.from())
              .put("to", stage.to())
              .put("memory_bytes", stage.memoryBytes()));
    }
    return json;
  }

  private static JsonObject of(Replacement next) {
    return withProblem(
        new JsonObject()
            .put("id", next.buildId())
            .put("reason", next.reason())
            .put("status", label(next.status()))
            .put("stages", stages(next.stages())),
        next.problem());
  }

  private static JsonObject withProblem(JsonObject json, String problem) {
    return problem.isEmpty() ? json : json.put("problem", problem);
  }

  private static String label(Placement.Status status) {
    return status.name().toLowerCase(Locale.ROOT);
  }

  static JsonObject of(LogEntry entry) {
    JsonArray events = new JsonArray();
    entry.events().forEach(event -> events.add(of(event)));
    return new JsonObject()
        .put("index", entry.index())
        .put("epoch", entry.epoch())
        .put("leader", entry.leaderId())
        .put("events", events);
  }

  private static JsonObject of(Event event) {
    return switch (event) {
      case Event.LeaderElected() -> typed("leader_elected");
      case Event.MemberJoined(Member member) -> typed("node_joined").put("node", of(member));
      case Event.MemberLeft(String nodeId) -> typed("node_left").put("node_id", nodeId);
      case Event.ModelAdded(ModelEntry model) -> typed("model_added").put("model", of(model));
      case Event.ModelRemoved(String modelId) -> typed("model_removed").put("model_id", modelId);
      case Event.ModelPinned(String modelId) -> typed("model_pinned").put("model_id", modelId);
      case Event.ModelUnpinned(String modelId) -> typed("model_unpinned").put("model_id", modelId);
      case Event.ReplicasWanted(String modelId, ReplicaCount count) ->
          typed("replicas_wanted").put("model_id", modelId).mergeIn(of(count));
      case Event.PipelinePlaced(Placement placement) ->
          typed("instance_placed").put("instance", of(placement));
      case Event.PipelineStatusChanged(
              String pipelineId,
              Placement.Status status,
              String problem) ->
          withProblem(
              typed("instance_status").put("instance_id", pipelineId).put("status", label(status)),
              problem);
      case Event.ReplacementBegun(String pipelineId, Replacement next) ->
          typed("replacement_begun")
              .put("instance_id", pipelineId)
              .put("reason", next.reason())
              .put("replacement", of(next));
      case Event.ReplacementStatusChanged(
              String pipelineId,
              Placement.Status status,
              String problem) ->
          withProblem(
              typed("replacement_status")
                  .put("instance_id", pipelineId)
                  .put("status", label(status)),
              problem);
      case Event.PipelineReplaced(String pipelineId) ->
          typed("instance_replaced").put("instance_id", pipelineId);
      case Event.ReplacementDropped(String pipelineId, String reason) ->
          typed("replacement_dropped").put("instance_id", pipelineId).put("reason", reason);
      case Event.PipelineRemoved(String pipelineId) ->
          typed("instance_removed").put("instance_id", pipelineId);
    };
  }

  private static JsonObject typed(String type) {
    return new JsonObject().put("type", type);
  }
}
