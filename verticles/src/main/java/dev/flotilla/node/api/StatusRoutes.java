package dev.flotilla.node.api;

import dev.flotilla.node.upstream.UpstreamStatus;
import dev.flotilla.node.upstream.Upstreams;
import dev.flotilla.sharding.PipelineStatus;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.RoutingContext;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Locale;

/**
 * {@code /health} (the node answers), {@code /readyz} (every model takes sessions), {@code
 * /version}, {@code /metrics} and {@code /openapi.json}.
 */
final class StatusRoutes {
  private final ModelRegistry models;
  private final Upstreams upstreams;
  private final ApiMetrics metrics;
  private final String version;
  private final Buffer openApi = resource("openapi.json");

  StatusRoutes(Models models, ApiMetrics metrics, String version) {
    this.models = models.registry();
    this.upstreams = models.upstreams();
    this.metrics = metrics;
    this.version = version;
  }

  void health(RoutingContext ctx) {
    JsonObject health = new JsonObject().put("status", "ok").put("models", states());
    JsonArray servers = upstreamStates();
    Responses.json(ctx, servers.isEmpty() ? health : health.put("upstreams", servers));
  }

  void ready(RoutingContext ctx) {
    boolean ready =
        !(models.models().isEmpty() && upstreams.models().isEmpty())
            && models.models().stream()
                .allMatch(each -> each.pipeline().status().state() == PipelineStatus.State.READY);
    JsonObject body =
        new JsonObject().put("status", ready ? "ready" : "not ready").put("models", states());
    Responses.end(ctx, ready ? 200 : 503, "application/json; charset=utf-8", body.toBuffer());
  }

  private JsonArray states() {
    JsonArray states = new JsonArray();
    for (ServedModel model : models.models()) {
      PipelineStatus status = model.pipeline().status();
      states.add(
          new JsonObject()
              .put("id", model.id())
              .put("state", status.state().name().toLowerCase(Locale.ROOT))
              .put("problem", status.problem().orElse(null))
              .put("load_progress", status.loadProgress())
              .put("slots", status.slots())
              .put("running", status.running())
              .put("queued", status.queued())
              .put("restarts", status.restarts()));
    }
    return states;
  }

  private JsonArray upstreamStates() {
    JsonArray states = new JsonArray();
    for (UpstreamStatus each : upstreams.statuses()) {
      states.add(
          new JsonObject()
              .put("name", each.name())
              .put("state", each.isUp() ? "ready" : "failed")
              .put("models", each.models())
              .put("running", each.running()));
    }
    return states;
  }

  void version(RoutingContext ctx) {
    Responses.json(
        ctx,
        new JsonObject()
            .put("name", "flotilla")
            .put("version", version)
            .put("java", Runtime.version().toString()));
  }

  void metrics(RoutingContext ctx) {
    Responses.end(ctx, 200, "text/plain; version=0.0.4; charset=utf-8", metrics.exposition());
  }

  void openApi(RoutingContext ctx) {
    Responses.json(ctx, openApi);
  }

  private static Buffer resource(String name) {
    try (InputStream in = StatusRoutes.class.getResourceAsStream(name)) {
      if (in == null) {
        throw new IllegalStateException("missing resource " + name);
      }
      return Buffer.buffer(in.readAllBytes());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
