package dev.flotilla.benchmarks;

import dev.flotilla.cli.http.ApiBase;
import dev.flotilla.cli.http.ApiException;
import dev.flotilla.cli.http.JsonCalls;
import dev.flotilla.gguf.LayerRange;
import dev.flotilla.sharding.plan.ModelShape;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;

/** Has a swarm run a model one way and another, through the API of the node that has its file. */
final class InstanceCalls implements AutoCloseable {
  private static final long POLL_MILLIS = 100;
  private static final long LIMIT_SECONDS = 180;
  private static final int NOT_FOUND = 404;

  private final JsonCalls calls;
  private final ModelShape model;
  private final Meanwhile meanwhile;

  /** What is done every moment of a wait. */
  @FunctionalInterface
  interface Meanwhile {
    void look() throws IOException;
  }

  /** Calls as the node's administrator. */
  InstanceCalls(ApiBase api, ModelShape model, Meanwhile meanwhile) {
    this.calls = new JsonCalls(api);
    this.model = model;
    this.meanwhile = meanwhile;
  }

  /** A condition that others bring about. */
  @FunctionalInterface
  private interface Condition {
    boolean holds() throws IOException;
  }

  private void await(String what, Condition condition) throws IOException, InterruptedException {
    long began = System.nanoTime();
    while (!condition.holds()) {
      meanwhile.look();
      if (System.nanoTime() - began > LIMIT_SECONDS * 1_000_000_000L) {
        throw new IOException("%s: not within %d s".formatted(what, LIMIT_SECONDS));
      }
      Thread.sleep(POLL_MILLIS);
    }
  }

  /** What is known of the machines now. */
  MeasuredTopology topology() throws IOException {
    return MeasuredTopology.of(calls.get("/topology"), model);
  }

  /** Waits until it is known of so many machines how fast they are. */
  void awaitSpeeds(int nodes) throws IOException, InterruptedException {
    await("speeds measured", () -> topology().hasSpeeds(nodes));
  }

  /** What is known of so many machines once the ways between them are measured. */
  MeasuredTopology awaitWays(int nodes) throws IOException, InterruptedException {
    await("ways measured", () -> topology().hasWays(nodes));
    return topology();
  }

  /** What the stages of the model's pipeline have done of late. */
  StepTimes stepTimes() throws IOException {
    return StepTimes.of(pipelines().getFirst(), topology().names());
  }

  /** The model's, without what else a node serves. */
  private List<JsonObject> pipelines() throws IOException {
    return MeasuredTopology.objects(new JsonArray(calls.getText("/api/pipelines"))).stream()
        .filter(pipeline -> pipeline.getString("model").equals(model.id()))
        .toList();
  }

  /** Which layers the swarm would have each node compute, by the nodes' names. */
  SequencedMap<String, LayerRange> planned() throws IOException {
    MeasuredTopology known = topology();
    JsonObject instance = calls.get("/instance/placement?model_id=" + model.id());
    SequencedMap<String, LayerRange> stages = new LinkedHashMap<>();
    for (JsonObject stage : MeasuredTopology.objects(instance.getJsonArray("stages"))) {
      stages.put(
          known.names().getOrDefault(stage.getString("node"), stage.getString("node")),
          new LayerRange(stage.getInteger("from"), stage.getInteger("to")));
    }
    return stages;
  }

  /** Has it run so, and waits until it does; returns the instance's id. */
  String place(SequencedMap<String, LayerRange> stages) throws IOException, InterruptedException {
    JsonArray list = new JsonArray();
    stages.forEach((node, layers) ->
        list.add(
            new JsonObject().put("node", node).put("from", layers.from()).put("to", layers.to())));
    JsonObject instance = new JsonObject().put("model_id", model.id()).put("stages", list);
    String id =
        calls
            .post("/instance", new JsonObject().put("instance", instance))
            .getString("instance_id");
    await("ready", () -> isReady(calls.get("/instance/" + id)));
    return id;
  }

  private static boolean isReady(JsonObject instance) throws IOException {
    return switch (instance.getString("status")) {
      case "ready" -> true;
      case "failed" -> throw new IOException("not placed: " + instance.getString("problem"));
      default -> false;
    };
  }

  /** Takes it down, and waits until nothing of it is left. */
  void unplace(String id) throws IOException, InterruptedException {
    calls.delete("/instance/" + id);
    await("taken down", () -> isGone(id) && pipelines().isEmpty());
  }

  private boolean isGone(String id) throws IOException {
    try {
      calls.get("/instance/" + id);
      return false;
    } catch (ApiException e) {
      if (e.status() == NOT_FOUND) {
        return true;
      }
      throw e;
    }
  }

  @Override
  public void close() {
    calls.close();
  }
}
