package dev.flotilla.node.api;

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
    pipeline.stages().forEach(stage -> stages.add(describe(stage)));
    JsonObject json = new JsonObject().put("model", pipeline.model());
    pipeline.head().ifPresent(head -> json.put("head", head));
    json.put("state", pipeline.state());
    pipeline.problem().ifPresent(problem -> json.put("problem", problem));
    return json.put("stages", stages);
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
