package dev.flotilla.node.api;

import dev.flotilla.chat.ChatException;
import dev.flotilla.chat.ChatFailure;
import dev.flotilla.chat.ChatPrompt;
import dev.flotilla.chat.ChatTemplate;
import dev.flotilla.chat.ToolFormat;
import dev.flotilla.chat.ToolStyle;
import dev.flotilla.engine.SessionRequest;
import dev.flotilla.engine.metering.ChainFigures;
import dev.flotilla.engine.metering.StageFigures;
import dev.flotilla.engine.metering.StageWork;
import dev.flotilla.gguf.LayerRange;
import dev.flotilla.node.api.PipelineList.PipelineView;
import dev.flotilla.node.api.PipelineList.StageView;
import dev.flotilla.node.upstream.UpstreamOptions;
import dev.flotilla.node.upstream.Upstreams;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.stream.Stream;

/** A real API on a loopback port, before scripted models. */
final class ApiServer implements AutoCloseable {
  static final ApiOptions OPTIONS = ApiOptions.DEFAULT.withAddress("127.0.0.1", 0);
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  /** Ten steps of generation of late, of twenty since it began. */
  private static final StageFigures FIGURES =
      new StageFigures(
          new LayerRange(0, 3),
          new StageWork(2, 100, 0.5, 0, 0),
          new StageWork(20, 40, 0.1, 0.02, 0.2),
          new StageWork(2, 100, 0.5, 0, 0),
          new StageWork(10, 20, 0.05, 0.01, 0.1),
          4096,
          0.011);

  private final Vertx vertx = Vertx.vertx();
  private final HttpClient client =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  private final HttpApiVerticle verticle;
  private final String deployment;
  private final ScriptedPipeline text;
  private final ScriptedPipeline embedder;

  /** A model {@code org/scripted} that plays {@code script}, and {@code embedder}. */
  ApiServer(Function<SessionRequest, List<ScriptedPipeline.Step>> script) {
    this(OPTIONS, Optional.empty(), script);
  }

  /** The same, whose model says one word. */
  ApiServer(ApiOptions options) {
    this(options, Optional.empty(), request -> Scripts.say(request, "Hi"));
  }

  ApiServer(
      ApiOptions options,
      Optional<SchemaGrammar> schemas,
      Function<SessionRequest, List<ScriptedPipeline.Step>> script) {
    this(options, schemas, List.of("org/scripted", "embedder"), UpstreamOptions.NONE, script);
  }

  /** The same with these names of its two models, and these upstreams, which were asked once. */
  ApiServer(
      ApiOptions options,
      Optional<SchemaGrammar> schemas,
      List<String> names,
      UpstreamOptions servers,
      Function<SessionRequest, List<ScriptedPipeline.Step>> script) {
    text = new ScriptedPipeline(names.get(0), false, script);
    embedder = new ScriptedPipeline(names.get(1), true, script);
    PrometheusRegistry registry = new PrometheusRegistry();
    Upstreams upstreams = new Upstreams(vertx, servers, registry);
    await(upstreams.start());
    List<ServedModel> models =
        List.of(
            new ServedModel(text, new PlainTemplate()),
            new ServedModel(embedder, new PlainTemplate()));
    verticle =
        new HttpApiVerticle(
            options,
            () -> models,
            upstreams,
            SamplingDefaults.LLAMA_CPP,
            schemas,
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            ApiServer::pipelines,
            registry);
    deployment = await(vertx.deployVerticle(verticle));
  }

  private static List<PipelineView> pipelines() {
    return List.of(
        new PipelineView(
            "org/scripted",
            true,
            Optional.of("a"),
            "loading",
            Optional.of("a worker is lost"),
            3,
            Optional.of(new ChainFigures(List.of(FIGURES), 2, 0.75, 0.25, 30, 12)),
            List.of(
                new StageView(Optional.of("a"), 0, 3, 1_000, "listening", 0, 0),
                new StageView(Optional.of("b"), 3, 5, 900, "fetching", 10, 700))));
  }

  /** Writes {@code <role>content} for every turn; refuses a turn of role {@code refused}. */
  private static final class PlainTemplate implements ChatTemplate {
    @Override
    public String render(ChatPrompt prompt) {
      StringBuilder text = new StringBuilder();
      for (Map<String, Object> message : prompt.messages()) {
        if ("refused".equals(message.get("role"))) {
          throw new ChatException(ChatFailure.REFUSED, "This role is refused.");
        }
        text.append('<').append(message.get("role")).append('>').append(message.get("content"));
        if (message.containsKey("tool_calls")) {
          text.append(message.get("tool_calls"));
        }
      }
      if (!prompt.tools().isEmpty()) {
        text.append("<tools>").append(prompt.tools().size());
      }
      return prompt.addGenerationPrompt() ? text.append("<assistant>").toString() : text.toString();
    }

    @Override
    public ToolStyle toolStyle() {
      return new ToolStyle(ToolFormat.HERMES, true, true);
    }

    @Override
    public String name() {
      return "plain";
    }
  }

  ScriptedPipeline pipeline() {
    return text;
  }

  ScriptedPipeline embedder() {
    return embedder;
  }

  HttpApiVerticle verticle() {
    return verticle;
  }

  Vertx vertx() {
    return vertx;
  }

  int port() {
    return verticle.port();
  }

  String url(String path) {
    return "http://127.0.0.1:" + port() + path;
  }

  InetSocketAddress address() {
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), port());
  }

  /** A bare connection. */
  Socket connect() throws IOException {
    return new Socket(InetAddress.getLoopbackAddress(), port());
  }

  HttpResponse<String> get(String path, String... headers) {
    return send("GET", path, "", headers);
  }

  HttpResponse<String> post(String path, JsonObject body, String... headers) {
    return send("POST", path, body.encode(), headers);
  }

  HttpResponse<String> send(String method, String path, String body, String... headers) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create(url(path)))
            .timeout(PATIENCE)
            .method(
                method, body.isEmpty() ? BodyPublishers.noBody() : BodyPublishers.ofString(body));
    if (headers.length > 0) {
      request.headers(headers);
    }
    try {
      return client.send(request.build(), BodyHandlers.ofString());
    } catch (IOException e) {
      throw new IllegalStateException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  /** The JSON of an answer. */
  static JsonObject json(HttpResponse<String> response) {
    return new JsonObject(response.body());
  }

  /** The {@code error} of an answer. */
  static JsonObject error(HttpResponse<String> response) {
    return json(response).getJsonObject("error");
  }

  /** The data of each server-sent event of an answer. */
  static List<String> events(HttpResponse<String> response) {
    return Stream.of(response.body().split("\n\n"))
        .map(event -> event.substring("data: ".length()))
        .toList();
  }

  /** The chunks of a stream, without its closing {@code [DONE]}. */
  static List<JsonObject> chunks(HttpResponse<String> response) {
    return events(response).stream()
        .filter(data -> !data.equals("[DONE]"))
        .map(JsonObject::new)
        .toList();
  }

  /** Waits until a condition of the verticle's event loop holds. */
  void awaitOnLoop(String what, BooleanSupplier condition) {
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (!await(onLoop(condition))) {
      if (System.nanoTime() > end) {
        throw new AssertionError("never " + what);
      }
      Thread.onSpinWait();
    }
  }

  private Future<Boolean> onLoop(BooleanSupplier condition) {
    Promise<Boolean> promise = Promise.promise();
    verticle.loop().runOnContext(turn -> promise.complete(condition.getAsBoolean()));
    return promise.future();
  }

  /** Nothing runs and nothing is held. */
  void awaitIdle() {
    awaitOnLoop(
        "idle",
        () ->
            text.openSessions() == 0
                && embedder.openSessions() == 0
                && verticle.liveAnswers() == 0);
  }

  Future<Void> undeploy() {
    return vertx.undeploy(deployment);
  }

  static <T> T await(Future<T> future) {
    try {
      return future
          .toCompletionStage()
          .toCompletableFuture()
          .get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void close() {
    client.shutdownNow();
    await(vertx.close());
  }
}
