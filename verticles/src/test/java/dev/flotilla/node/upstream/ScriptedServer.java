package dev.flotilla.node.upstream;

import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiConsumer;

/** A server on loopback that lists models and answers requests as a test says. */
public final class ScriptedServer implements AutoCloseable {
  private final Vertx vertx = Vertx.vertx();
  private final Queue<Asked> asked = new ConcurrentLinkedQueue<>();
  private final AtomicInteger abandoned = new AtomicInteger();
  private final List<String> models;
  private final BiConsumer<HttpServerRequest, Buffer> answer;
  private final HttpServer server;

  /** A request that it got. */
  public record Asked(String path, String authorization, JsonObject body) {}

  /** One that lists these models. */
  public ScriptedServer(List<String> models, BiConsumer<HttpServerRequest, Buffer> answer)
      throws Exception {
    this.models = models;
    this.answer = answer;
    this.server =
        vertx
            .createHttpServer()
            .requestHandler(this::handle)
            .listen(0, "127.0.0.1")
            .toCompletionStage()
            .toCompletableFuture()
            .get(10, TimeUnit.SECONDS);
  }

  private void handle(HttpServerRequest request) {
    if (request.path().equals("/v1/models")) {
      JsonArray data = new JsonArray();
      models.forEach(id -> data.add(new JsonObject().put("id", id)));
      var _ = request.response().end(new JsonObject().put("data", data).toBuffer());
      return;
    }
    request.response().closeHandler(_ -> abandoned.incrementAndGet());
    var _ =
        request
            .body()
            .onSuccess(body -> {
              asked.add(
                  new Asked(
                      request.path(),
                      String.valueOf(request.getHeader("Authorization")),
                      body.toJsonObject()));
              answer.accept(request, body);
            });
  }

  /** Answers with a status and a body. */
  public static BiConsumer<HttpServerRequest, Buffer> saying(int status, String body) {
    return (request, _) -> {
      var _ = request.response().setStatusCode(status).end(body);
    };
  }

  /** Its URL. */
  public String url() {
    return "http://127.0.0.1:" + server.actualPort();
  }

  /** The requests that it got, in order. */
  public List<Asked> asked() {
    return List.copyOf(asked);
  }

  /** Connections of requests that were closed. */
  public int abandoned() {
    return abandoned.get();
  }

  @Override
  public void close() {
    vertx.close().toCompletionStage().toCompletableFuture().orTimeout(10, TimeUnit.SECONDS).join();
  }
}
