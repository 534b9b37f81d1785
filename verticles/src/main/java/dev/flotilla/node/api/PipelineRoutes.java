package dev.flotilla.node.api;

import dev.flotilla.engine.metering.ChainFigures;
import dev.flotilla.engine.metering.StageFigures;
import dev.flotilla.engine.metering.StageWork;
import dev.flotilla.node.api.PipelineList.PipelineView;
import dev.flotilla.node.api.PipelineList.StageView;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.RoutingContext;
import java.util.List;

/** {@code /api/pipelines}: models, the stages that they run in, and where those are. */
final class PipelineRoutes {
  private final PipelineList pipelines;

  PipelineRoutes(PipelineList pipelines) {
    this.pipelines = pipelines;
  }

  List<Endpoint> endpoints() {
    return List.of(Endpoint.get("/api/pipelines", this::list));
  }

  private void list(RoutingContext ctx) {
    JsonArray list = new JsonArray();
    pipelines.pipelines().forEach(pipeline -> list.add(describe(pipeline)));
    Responses.json(ctx, list.toBuffer());
  }

  private static JsonObject describe(PipelineView pipeline) {
    JsonArray stages = new JsonArray();
    for (StageView stage : pipeline.stages()) {
      JsonObject json = describe(stage);
      pipeline.figures(stage).ifPresent(figures -> describe(figures, json));
      stages.add(json);
    }
    JsonObject json = new JsonObject().put("model", pipeline.model());
    pipeline.head().ifPresent(head -> json.put("head", head));
    json.put("state", pipeline.state());
    pipeline.problem().ifPresent(problem -> json.put("problem", problem));
    if (pipeline.driven()) {
      json.put("recuts", pipeline.recuts());
    }
    pipeline.figures().ifPresent(figures -> describe(figures, json));
    return json.put("stages", stages);
  }

  private static void describe(ChainFigures figures, JsonObject json) {
    json.put("step_ms", millis(figures.stepSeconds()))
        .put("recoveries", figures.recoveries())
        .put("pause_ms", millis(figures.pauseSeconds()))
        .put("last_pause_ms", millis(figures.lastPauseSeconds()))
        .put("drafted_tokens", figures.draftedTokens())
        .put("accepted_tokens", figures.acceptedTokens());
  }

  private static void describe(StageFigures figures, JsonObject json) {
    json.put("generation", describe(figures.recentGeneration()))
        .put("prompts", describe(figures.recentPrompts()))
        .put("round_trip_ms", millis(figures.roundTripSeconds()))
        .put("sent_bytes", (long) figures.sentBytes());
  }

  private static JsonObject describe(StageWork recent) {
    StageWork batch = recent.perBatch();
    return new JsonObject()
        .put("compute_ms", millis(batch.computeSeconds()))
        .put("wait_ms", millis(batch.waitSeconds()))
        .put("network_ms", millis(batch.networkSeconds()))
        .put("tokens", rounded(batch.rows()))
        .put("tokens_per_second", rounded(recent.rowsPerSecond()));
  }

  private static double millis(double seconds) {
    return rounded(seconds * 1e3);
  }

  private static double rounded(double value) {
    return Math.round(value * 1e3) / 1e3;
  }

  private static JsonObject describe(StageView stage) {
    JsonObject json = new JsonObject();
    stage.node().ifPresent(node -> json.put("node", node));
    json.put("layers", new JsonArray().add(stage.fromLayer()).add(stage.toLayer()))
        .put("memory_bytes", stage.memoryBytes())
        .put("state", stage.state());
    if (stage.totalBytes() > 0) {
      json.put("fetched_bytes", stage.doneBytes()).put("slice_bytes", stage.totalBytes());
    }
    return json;
  }
}
