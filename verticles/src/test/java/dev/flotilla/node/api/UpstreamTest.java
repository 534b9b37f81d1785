package dev.flotilla.node.api;

import static dev.flotilla.node.upstream.ScriptedServer.saying;
import static org.assertj.core.api.Assertions.assertThat;

import dev.flotilla.engine.SessionRequest;
import dev.flotilla.node.api.ScriptedPipeline.Step;
import dev.flotilla.node.upstream.ScriptedServer;
import dev.flotilla.node.upstream.UpstreamAddress;
import dev.flotilla.node.upstream.UpstreamOptions;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.InputStream;
import java.net.Socket;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Models of other servers: of a Flotilla node, and of servers that misbehave. */
class UpstreamTest {
  private static final String EVENTS = "text/event-stream";
  private static final List<String> HERE = List.of("org/scripted", "embedder");
  private static final List<String> FAR = List.of("org/far", "far-embedder");

  private final List<AutoCloseable> open = new ArrayList<>();

  @AfterEach
  void stop() throws Exception {
    for (AutoCloseable each : open.reversed()) {
      each.close();
    }
  }

  private <T extends AutoCloseable> T opened(T each) {
    open.add(each);
    return each;
  }

  private ApiServer node(
      List<String> names, Function<SessionRequest, List<Step>> script, String... upstreams) {
    return node(ApiServer.OPTIONS, names, 5_000, script, upstreams);
  }

  private ApiServer node(
      ApiOptions options,
      List<String> names,
      long silenceMillis,
      Function<SessionRequest, List<Step>> script,
      String... upstreams) {
    List<UpstreamAddress> addresses =
        List.of(upstreams).stream().map(UpstreamAddress::parse).toList();
    ApiServer server =
        opened(
            new ApiServer(
                options,
                Optional.empty(),
                names,
                new UpstreamOptions(addresses, silenceMillis),
                script));
    awaitUp(server, upstreams.length);
    return server;
  }

  /** On a machine that is slow now, an upstream may not have answered in time at first. */
  private static void awaitUp(ApiServer server, int upstreams) {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
    while (up(server) < upstreams) {
      assertThat(System.nanoTime()).as("an upstream never came up").isLessThan(end);
      Thread.onSpinWait();
    }
  }

  private static long up(ApiServer server) {
    return ApiServer.json(server.get("/health")).getJsonArray("upstreams", new JsonArray()).stream()
        .filter(each -> ((JsonObject) each).getString("state").equals("ready"))
        .count();
  }

  private ApiServer gateway(String... upstreams) {
    return node(HERE, request -> Scripts.say(request, "here"), upstreams);
  }

  private ScriptedServer server(BiConsumer<HttpServerRequest, Buffer> answer) throws Exception {
    return opened(new ScriptedServer(List.of("m"), answer));
  }

  private static JsonObject chat(String model) {
    return ChatTest.chat().put("model", model);
  }

  private static JsonObject ask(String model) {
    return new JsonObject().put("model", model).put("prompt", "x");
  }

  private static String text(HttpResponse<String> response) {
    return ApiServer.json(response).getJsonArray("choices").getJsonObject(0).getString("text");
  }

  private static List<String> ids(HttpResponse<String> models) {
    return ApiServer.json(models).getJsonArray("data").stream()
        .map(each -> ((JsonObject) each).getString("id"))
        .toList();
  }

  @Test
  void anotherNodesModelsAreListedAndAnsweredAsItAnswersThem() {
    ApiServer far = node(FAR, request -> Scripts.sayMany(request, 50));
    ApiServer gateway = gateway("far=" + far.url("/v1"));

    assertThat(ids(gateway.get("/v1/models")))
        .containsExactly("org/scripted", "embedder", "org/far", "far-embedder");
    JsonObject listed = ApiServer.json(gateway.get("/v1/models/org/far"));
    assertThat(listed.getJsonArray("replicas").getJsonObject(0).getString("upstream"))
        .isEqualTo("far");

    HttpResponse<String> answer = gateway.post("/v1/completions", ask("org/far"));
    assertThat(answer.headers().firstValue("x-flotilla-upstream")).hasValue("far");
    assertThat(answer.headers().firstValue("x-flotilla-attempts")).hasValue("1");
    assertThat(text(answer)).isEqualTo(text(far.post("/v1/completions", ask("org/far"))));

    var streamed = gateway.post("/v1/chat/completions", chat("org/far").put("stream", true));
    assertThat(streamed.headers().firstValue("content-type").orElse("")).startsWith(EVENTS);
    assertThat(ApiServer.events(streamed)).hasSizeGreaterThan(50).last().isEqualTo("[DONE]");
    assertThat(
            ApiServer.json(
                    gateway.post(
                        "/v1/embeddings",
                        new JsonObject().put("model", "far-embedder").put("input", "x")))
                .getJsonArray("data"))
        .hasSize(1);
    assertThat(ApiServer.error(gateway.post("/v1/completions", ask("nobody's"))).getString("code"))
        .isEqualTo("model_not_found");
    JsonObject tokens = new JsonObject().put("model", "org/far").put("content", "x");
    assertThat(gateway.post("/tokenize", tokens).statusCode()).isEqualTo(400);
    far.awaitIdle();
  }

  @Test
  void aNameThatIsServedHereMeansWhatIsServedHere() {
    ApiServer far = node(HERE, request -> Scripts.say(request, "far"));
    ApiServer gateway = gateway("far=" + far.url(""));

    assertThat(ids(gateway.get("/v1/models")))
        .containsExactly("org/scripted", "embedder", "far/org/scripted", "far/embedder");
    assertThat(text(gateway.post("/v1/completions", ask("org/scripted")))).isEqualTo("here");
    assertThat(text(gateway.post("/v1/completions", ask("far/org/scripted")))).isEqualTo("far");
    assertThat(text(gateway.post("/v1/completions", ask("")))).isEqualTo("here");
  }

  @Test
  void nodesThatAreEachOthersUpstreamsPassNothingRoundInCircles() throws Exception {
    ScriptedServer third = server(saying(200, "{}"));
    ApiServer far = node(FAR, request -> Scripts.say(request, "far"), "third=" + third.url());
    ApiServer gateway = gateway("far=" + far.url(""));

    assertThat(ids(far.get("/v1/models"))).contains("m");
    assertThat(ids(gateway.get("/v1/models"))).contains("org/far").doesNotContain("m");
    assertThat(far.post("/v1/completions", ask("m"), "x-flotilla-hop", "1").statusCode())
        .isEqualTo(400);
  }

  @Test
  void theBodyIsPassedOnWithTheUpstreamsOwnNameAndKeyAndNothingOfTheClients() throws Exception {
    ScriptedServer server = server(saying(200, "{}"));
    ApiServer gateway =
        opened(
            new ApiServer(
                ApiServer.OPTIONS,
                Optional.empty(),
                HERE,
                new UpstreamOptions(
                    List.of(UpstreamAddress.parse("x=" + server.url()).withKey("theirs")), 5_000),
                request -> Scripts.say(request, "here")));
    awaitUp(gateway, 1);
    JsonObject sent = ask("x/m").put("anything", new JsonObject().put("of", 1.5));

    gateway.post("/v1/completions", sent, "authorization", "Bearer ours");

    var asked = server.asked().getFirst();
    assertThat(asked.body()).isEqualTo(sent.copy().put("model", "m"));
    assertThat(asked.authorization()).isEqualTo("Bearer theirs");
    assertThat(asked.path()).isEqualTo("/v1/completions");
  }

  @Test
  void whatOneUpstreamDoesNotAnswerAnotherDoes() throws Exception {
    ScriptedServer good = server(saying(200, "{\"choices\":[{\"text\":\"good\"}]}"));
    List<BiConsumer<HttpServerRequest, Buffer>> bad =
        List.of(
            saying(500, "oops"),
            saying(429, "{}"),
            saying(404, "{}"),
            saying(401, "{}"),
            (request, _) -> request.connection().close(),
            // It breaks off in the middle of its answer.
            (request, _) ->
                request
                    .response()
                    .putHeader("Content-Length", "1000")
                    .write("{\"choices\"")
                    .onComplete(_ -> request.connection().close()));
    for (BiConsumer<HttpServerRequest, Buffer> each : bad) {
      ScriptedServer failing = server(each);
      ApiServer gateway = gateway("a=" + failing.url(), "b=" + good.url());
      for (int i = 0; i < 4; i++) {
        assertThat(text(gateway.post("/v1/completions", ask("m")))).isEqualTo("good");
      }
      assertThat(failing.asked()).isNotEmpty();
      HttpResponse<String> only = gateway.post("/v1/completions", ask("a/m"));
      assertThat(only.statusCode()).isGreaterThanOrEqualTo(400);
      assertThat(ApiServer.error(only).getString("type")).isNotBlank();
    }
  }

  @Test
  void aRequestThatAnUpstreamRefusesIsRefusedOnce() throws Exception {
    ScriptedServer server =
        server(saying(400, "{\"error\":{\"message\":\"too long\",\"code\":\"c\"}}"));
    ApiServer gateway = gateway("a=" + server.url(), "b=" + server.url());

    HttpResponse<String> refused = gateway.post("/v1/completions", ask("m"));

    assertThat(refused.statusCode()).isEqualTo(400);
    assertThat(ApiServer.error(refused).getString("message")).isEqualTo("too long");
    assertThat(ApiServer.error(refused).getString("code")).isEqualTo("c");
    assertThat(server.asked()).hasSize(1);
  }

  @Test
  void anUpstreamThatKeepsFailingIsLeftAlone() throws Exception {
    ScriptedServer server = server(saying(500, "{}"));
    ApiServer gateway = gateway("a=" + server.url());
    for (int i = 0; i < 3; i++) {
      assertThat(gateway.post("/v1/completions", ask("m")).statusCode()).isEqualTo(502);
    }
    assertThat(gateway.get("/metrics").body())
        .contains("flotilla_upstream_ejected_total{upstream=\"a\"} 1.0")
        .contains("flotilla_upstream_requests_total{outcome=\"broken\",upstream=\"a\"} 3.0")
        .contains("flotilla_upstream_up{upstream=\"a\"} 1.0");
    HttpResponse<String> next = gateway.post("/v1/completions", ask("m"));
    // A machine that took a second to come here has it tried again.
    boolean leftAlone = server.asked().size() == 3;
    assertThat(next.statusCode()).isEqualTo(leftAlone ? 503 : 502);
    assertThat(next.headers().firstValue("retry-after").isPresent()).isEqualTo(leftAlone);
  }

  @Test
  void aStreamThatBreaksOffEndsWithAnErrorBetweenEvents() throws Exception {
    ScriptedServer server =
        server((request, _) ->
            request
                .response()
                .setChunked(true)
                .putHeader("Content-Type", EVENTS)
                .write("data: {\"a\":1}\n\ndata: {\"half\":")
                .onComplete(_ -> request.connection().close()));
    ApiServer gateway = gateway("a=" + server.url(), "b=" + server.url());

    List<String> events =
        ApiServer.events(gateway.post("/v1/completions", ask("m").put("stream", true)));

    assertThat(events).hasSize(2).first().isEqualTo("{\"a\":1}");
    JsonObject error = new JsonObject(events.getLast()).getJsonObject("error");
    assertThat(error.getString("code")).isEqualTo("upstream_lost");
    assertThat(error.getString("message")).contains("can't be resumed");
    assertThat(server.asked()).hasSize(1);
  }

  @Test
  void silenceIsAFailure() throws Exception {
    ScriptedServer silent = server((_, _) -> {});
    ScriptedServer falters =
        server((request, _) ->
            request
                .response()
                .setChunked(true)
                .putHeader("Content-Type", EVENTS)
                .write("data: 1\n\n"));
    ApiServer gateway =
        node(
            ApiServer.OPTIONS,
            HERE,
            1_000,
            request -> Scripts.say(request, "here"),
            "silent=" + silent.url(),
            "falters=" + falters.url());
    assertThat(gateway.post("/v1/completions", ask("silent/m")).statusCode()).isEqualTo(502);
    assertThat(
            ApiServer.events(gateway.post("/v1/completions", ask("falters/m").put("stream", true))))
        .hasSize(2)
        .last()
        .asString()
        .contains("gave nothing for 1000 ms");
  }

  @Test
  void aClientThatGoesAwayEndsTheUpstreamsWork() throws Exception {
    ApiServer far =
        node(FAR, request -> List.of(Scripts.admitted(), Scripts.piece("a"), new Step.Hang()));
    ApiServer gateway = gateway("far=" + far.url(""));
    for (boolean stream : List.of(true, false)) {
      try (Socket socket = gateway.connect()) {
        LifecycleTest.send(socket, chat("org/far").put("stream", stream));
        far.awaitOnLoop("opened", () -> far.pipeline().openSessions() == 1);
      }
      far.awaitIdle();
      gateway.awaitIdle();
    }
  }

  @Test
  void aClientThatDoesNotReadStopsTheUpstream() throws Exception {
    int tokens = 500_000;
    ApiServer far = node(FAR, request -> Scripts.sayMany(request, tokens));
    ApiServer gateway = gateway("far=" + far.url(""));
    try (Socket socket = new Socket()) {
      socket.setReceiveBufferSize(4096);
      socket.connect(gateway.address());
      LifecycleTest.send(socket, chat("org/far").put("stream", true));
      LifecycleTest.awaitStanding(far);
      assertThat(far.pipeline().emitted()).isLessThan(tokens);

      InputStream in = socket.getInputStream();
      long standing = far.pipeline().emitted();
      byte[] buffer = new byte[1 << 16];
      while (far.pipeline().emitted() == standing) {
        assertThat(in.read(buffer)).isPositive();
      }
    }
    far.awaitIdle();
  }

  @Test
  void answersOfUpstreamsAreAwaitedAndThenCutOffWhenTheNodeStops() throws Exception {
    ApiServer far =
        node(FAR, request -> List.of(Scripts.admitted(), Scripts.piece("a"), new Step.Hang()));
    ApiOptions base = ApiServer.OPTIONS;
    ApiServer gateway =
        node(
            new ApiOptions(
                base.host(),
                base.port(),
                List.of(),
                List.of(),
                base.bodyLimitBytes(),
                base.bodyTimeoutMillis(),
                base.idleTimeoutMillis(),
                base.maxConnections(),
                50,
                Optional.empty(),
                Optional.empty(),
                "test"),
            HERE,
            5_000,
            request -> Scripts.say(request, "here"),
            "far=" + far.url(""));
    try (Socket socket = gateway.connect()) {
      LifecycleTest.send(socket, chat("org/far").put("stream", true));
      far.awaitOnLoop("opened", () -> far.pipeline().openSessions() == 1);
      gateway.awaitOnLoop("answering", () -> gateway.verticle().liveAnswers() == 1);
      Future<Void> stopped = gateway.undeploy();
      String answer = new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      assertThat(answer).contains("shutting_down");
      ApiServer.await(stopped);
    }
    far.awaitIdle();
  }

  @Test
  void tokensOfUpstreamsCountAgainstTheKey() throws Exception {
    ScriptedServer server =
        server(
            saying(
                200,
                "{\"choices\":[],\"usage\":{\"prompt_tokens\":70,\"completion_tokens\": 50}}"));
    ApiOptions base = ApiServer.OPTIONS;
    ApiKey key =
        new ApiKey(
            "a", ApiKey.hash("secret-a"), ApiRole.USER, OptionalInt.empty(), OptionalInt.of(100));
    ApiServer gateway =
        node(
            new ApiOptions(
                base.host(),
                base.port(),
                List.of(key),
                List.of(),
                base.bodyLimitBytes(),
                base.bodyTimeoutMillis(),
                base.idleTimeoutMillis(),
                base.maxConnections(),
                1_000,
                Optional.empty(),
                Optional.empty(),
                "test"),
            HERE,
            5_000,
            request -> Scripts.say(request, "here"),
            "x=" + server.url());
    String[] secret = {"authorization", "Bearer secret-a"};
    assertThat(gateway.post("/v1/completions", ask("m"), secret).statusCode()).isEqualTo(200);
    assertThat(gateway.post("/v1/completions", ask("m"), secret).statusCode()).isEqualTo(429);
    assertThat(gateway.get("/metrics", secret).statusCode()).isEqualTo(429);
    assertThat(server.asked()).hasSize(1);
  }

  @Test
  void streamsWithoutUsageAreCountedByTheirEvents() {
    PassedTokens tokens = new PassedTokens(400);
    assertThat(tokens.total()).isZero();
    tokens.add(Buffer.buffer("data: {\"x\":\"\\\"prompt_tokens\\\": 9\"}\n\ndata: {}\n\n"));
    assertThat(tokens.prompt()).isEqualTo(100);
    assertThat(tokens.completion()).isEqualTo(2);
    tokens.add(
        Buffer.buffer("data: {\"usage\":{\"prompt_tokens\":3,\"completion_tokens\":4}}\n\n"));
    assertThat(tokens.total()).isEqualTo(7);
  }
}
