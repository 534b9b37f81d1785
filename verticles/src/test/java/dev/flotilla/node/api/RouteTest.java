package dev.flotilla.node.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RouteTest {
  private final ApiServer server = new ApiServer(request -> Scripts.say(request, "Hi"));

  @AfterEach
  void stop() {
    server.close();
  }

  @Test
  void listsItsModels() {
    JsonObject json = ApiServer.json(server.get("/v1/models"));

    assertThat(json.getString("object")).isEqualTo("list");
    assertThat(json.getJsonArray("data").stream().map(each -> ((JsonObject) each).getString("id")))
        .containsExactly("org/scripted", "embedder");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"/v1/models/org/scripted", "/models/org/scripted", "/v1/models/org%2Fscripted"})
  void describesAModelWhoseNameHoldsSlashes(String path) {
    JsonObject json = ApiServer.json(server.get(path));

    assertThat(json.getString("id")).isEqualTo("org/scripted");
    assertThat(json.getString("object")).isEqualTo("model");
    assertThat(json.getInteger("created")).isEqualTo(1_700_000_000);
    assertThat(json.getJsonObject("meta").getInteger("n_ctx_train")).isEqualTo(2048);
  }

  @Test
  void showsStagesAndHowFarTheyAre() {
    JsonArray pipelines = new JsonArray(server.get("/api/pipelines").body());

    assertThat(pipelines)
        .containsExactly(
            new JsonObject()
                .put("model", "org/scripted")
                .put("head", "a")
                .put("state", "loading")
                .put("problem", "a worker is lost")
                .put("recuts", 3)
                .put("step_ms", 16.0)
                .put("recoveries", 2)
                .put("pause_ms", 750.0)
                .put("last_pause_ms", 250.0)
                .put("drafted_tokens", 30)
                .put("accepted_tokens", 12)
                .put(
                    "stages",
                    new JsonArray()
                        .add(
                            stage("a", 0, 3, 1_000, "listening")
                                .put("generation", work(5, 1, 10, 2, 400))
                                .put("prompts", work(250, 0, 0, 50, 200))
                                .put("round_trip_ms", 11.0)
                                .put("sent_bytes", 4096))
                        .add(
                            stage("b", 3, 5, 900, "fetching")
                                .put("fetched_bytes", 10)
                                .put("slice_bytes", 700))));
  }

  private static JsonObject work(
      double compute, double wait, double network, double tokens, double perSecond) {
    return new JsonObject()
        .put("compute_ms", compute)
        .put("wait_ms", wait)
        .put("network_ms", network)
        .put("tokens", tokens)
        .put("tokens_per_second", perSecond);
  }

  @Test
  void metricsTellWhereTheTimeOfPipelinesGoes() throws Exception {
    String metrics = server.get("/metrics").body();

    assertThat(metrics)
        .contains(
            "flotilla_stage_compute_seconds_total"
                + "{kind=\"generation\",layers=\"0-2\",model=\"org/scripted\"} 0.1\n")
        .contains(
            "flotilla_stage_tokens_total"
                + "{kind=\"prompt\",layers=\"0-2\",model=\"org/scripted\"} 100.0\n")
        .contains("flotilla_link_round_trip_seconds{layers=\"0-2\",model=\"org/scripted\"} 0.011\n")
        .contains(
            "flotilla_link_activation_bytes_total{layers=\"0-2\",model=\"org/scripted\"} 4096.0\n")
        .contains("flotilla_pipeline_recoveries_total{model=\"org/scripted\"} 2.0\n")
        .contains("flotilla_pipeline_recuts_total{model=\"org/scripted\"} 3.0\n")
        .contains("flotilla_pipeline_pause_seconds_total{model=\"org/scripted\"} 0.75\n")
        .contains("flotilla_pipeline_drafted_tokens_total{model=\"org/scripted\"} 30.0\n")
        .contains("flotilla_pipeline_accepted_tokens_total{model=\"org/scripted\"} 12.0\n");
  }

  private static JsonObject stage(String node, int from, int to, int bytes, String state) {
    return new JsonObject()
        .put("node", node)
        .put("layers", new JsonArray().add(from).add(to))
        .put("memory_bytes", bytes)
        .put("state", state);
  }

  @Test
  void doesNotKnowOtherModels() {
    var response = server.get("/v1/models/other");

    assertThat(response.statusCode()).isEqualTo(404);
    assertThat(ApiServer.error(response).getString("code")).isEqualTo("model_not_found");
  }

  @Test
  void answersUnderTheNamesWithoutPrefix() {
    assertThat(server.post("/chat/completions", ChatTest.chat()).statusCode()).isEqualTo(200);
    assertThat(server.post("/completions", new JsonObject().put("prompt", "x")).statusCode())
        .isEqualTo(200);
    assertThat(server.post("/embeddings", new JsonObject().put("input", "x")).statusCode())
        .isEqualTo(200);
    assertThat(server.get("/models").statusCode()).isEqualTo(200);
  }

  @Test
  void turnsTextIntoTokensAndBack() {
    JsonObject tokens =
        ApiServer.json(server.post("/tokenize", new JsonObject().put("content", "Hé")));
    assertThat(tokens.getJsonArray("tokens")).isEqualTo(new JsonArray(List.of(0x48, 0xE9)));

    JsonObject text = ApiServer.json(server.post("/detokenize", tokens));
    assertThat(text.getString("content")).isEqualTo("Hé");
  }

  @Test
  void showsTheRenderedTemplate() {
    JsonObject json = ApiServer.json(server.post("/apply-template", ChatTest.chat()));

    assertThat(json.getString("prompt")).isEqualTo("<system>Be brief.<user>Hi<assistant>");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "application/json",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "text/plain"
      })
  void readsJsonUnderAnyContentType(String contentType) {
    var response =
        server.post("/v1/chat/completions", ChatTest.chat(), "Content-Type", contentType);

    assertThat(response.statusCode()).isEqualTo(200);
  }

  @Test
  void tellsOfItsHealth() {
    JsonObject health = ApiServer.json(server.get("/health"));
    assertThat(health.getString("status")).isEqualTo("ok");
    assertThat(health.getJsonArray("models").getJsonObject(0).getString("state"))
        .isEqualTo("ready");
    assertThat(server.get("/readyz").statusCode()).isEqualTo(200);
    assertThat(ApiServer.json(server.get("/version")).getString("name")).isEqualTo("flotilla");
  }

  @Test
  void countsWhatItDoes() {
    server.post("/v1/chat/completions", ChatTest.chat().put("stream", true));
    server.post("/v1/chat/completions", new JsonObject());
    server.get("/nowhere");

    String metrics = server.get("/metrics").body();

    assertThat(metrics)
        .contains("flotilla_http_requests_total{route=\"/v1/chat/completions\",status=\"200\"} 1.0")
        .contains("flotilla_http_requests_total{route=\"/v1/chat/completions\",status=\"400\"} 1.0")
        .contains("flotilla_http_requests_total{route=\"none\",status=\"404\"} 1.0")
        .contains("flotilla_prompt_tokens_total{model=\"org/scripted\"} 7.0")
        .contains("flotilla_cached_tokens_total{model=\"org/scripted\"} 3.0")
        .contains("flotilla_completion_tokens_total{model=\"org/scripted\"} 1.0")
        .contains("flotilla_time_to_first_token_seconds_count{model=\"org/scripted\"} 1")
        .contains("flotilla_engine_restarts_total{model=\"org/scripted\"} 0.0")
        .contains("flotilla_slots{model=\"org/scripted\"} 8.0")
        .contains("flotilla_sessions_queued{model=\"org/scripted\"} 0.0");
  }

  @Test
  void refusesUnknownPathsAndMethods() {
    var unknown = server.get("/v2/models");
    assertThat(unknown.statusCode()).isEqualTo(404);
    assertThat(ApiServer.error(unknown).getString("code")).isEqualTo("unknown_url");

    var wrong = server.get("/v1/chat/completions");
    assertThat(wrong.statusCode()).isEqualTo(405);
    assertThat(wrong.headers().firstValue("Allow")).hasValue("POST");
    assertThat(server.send("DELETE", "/v1/models/org/scripted", "").statusCode()).isEqualTo(405);
    assertThat(server.send("PUT", "/health", "").statusCode()).isEqualTo(405);
  }

  @Test
  void aPathThatLacksItsLastPartIsAnotherPath() {
    var response = server.get("/instance");

    assertThat(response.statusCode()).isEqualTo(405);
    assertThat(response.headers().firstValue("Allow")).contains("POST");
    assertThat(server.get("/instance/").statusCode()).isEqualTo(404);
  }

  @Test
  void givesEachRequestAnId() {
    assertThat(server.get("/health").headers().firstValue("x-request-id").orElseThrow())
        .startsWith("req_");
    assertThat(server.get("/health", "x-request-id", "mine-1").headers().firstValue("x-request-id"))
        .hasValue("mine-1");
    assertThat(
            server.get("/health", "x-request-id", "no good").headers().firstValue("x-request-id"))
        .hasValueSatisfying(id -> assertThat(id).startsWith("req_"));
  }

  @Test
  void asksForAKeyWhereItHasSome() {
    try (ApiServer locked =
        new ApiServer(options(List.of("key-111111", "key-222222"), List.of()))) {
      assertThat(locked.get("/v1/models").statusCode()).isEqualTo(401);
      assertThat(locked.get("/v1/models").headers().firstValue("WWW-Authenticate"))
          .hasValue("Bearer");
      assertThat(ApiServer.error(locked.get("/nowhere")).getString("code"))
          .isEqualTo("invalid_api_key");
      assertThat(locked.get("/v1/models", "Authorization", "Bearer key-333333").statusCode())
          .isEqualTo(401);
      assertThat(locked.get("/v1/models", "Authorization", "Basic key-111111").statusCode())
          .isEqualTo(401);
      assertThat(locked.get("/v1/models", "Authorization", "Bearer key-111111").statusCode())
          .isEqualTo(200);
      assertThat(locked.get("/v1/models", "Authorization", "bearer key-222222").statusCode())
          .isEqualTo(200);
      assertThat(locked.get("/v1/models", "x-api-key", "key-222222").statusCode()).isEqualTo(200);
      assertThat(locked.get("/metrics").statusCode()).isEqualTo(401);
      assertThat(locked.get("/health").statusCode()).isEqualTo(200);
      assertThat(locked.get("/readyz").statusCode()).isEqualTo(200);
    }
  }

  @Test
  void letsPagesOfItsOriginsIn() {
    try (ApiServer open =
        new ApiServer(options(List.of("key-pages"), List.of("https://app.example")))) {
      var preflight =
          open.send(
              "OPTIONS",
              "/v1/chat/completions",
              "",
              "Origin",
              "https://app.example",
              "Access-Control-Request-Method",
              "POST",
              "Access-Control-Request-Headers",
              "authorization,content-type");
      assertThat(preflight.statusCode()).isEqualTo(204);
      assertThat(preflight.headers().firstValue("access-control-allow-origin"))
          .hasValue("https://app.example");
      assertThat(preflight.headers().firstValue("access-control-allow-headers").orElseThrow())
          .contains("*")
          .contains("Authorization");

      var other = open.get("/health", "Origin", "https://other.example");
      assertThat(other.headers().firstValue("access-control-allow-origin")).isEmpty();
      assertThat(other.statusCode()).isEqualTo(403);
    }
    assertThat(
            server
                .get("/health", "Origin", "https://app.example")
                .headers()
                .firstValue("access-control-allow-origin"))
        .isEmpty();
  }

  @Test
  void documentsEveryRouteAndNoOther() {
    JsonObject document = ApiServer.json(server.get("/openapi.json"));

    var documented = new TreeSet<String>();
    for (var path : document.getJsonObject("paths")) {
      for (String method : ((JsonObject) path.getValue()).fieldNames()) {
        documented.add(method.toUpperCase(Locale.ROOT) + " " + path.getKey());
      }
    }
    var served = new TreeSet<String>();
    for (Endpoint endpoint : server.verticle().endpoints()) {
      served.add(endpoint.method() + " " + endpoint.path());
      endpoint.aliases().forEach(alias -> served.add(endpoint.method() + " " + alias));
    }
    assertThat(documented).isEqualTo(served);
  }

  private static ApiOptions options(List<String> keys, List<String> origins) {
    return new ApiOptions(
        "127.0.0.1",
        0,
        keys.stream().map(key -> ApiKey.ofUser(key, key)).toList(),
        origins,
        1 << 20,
        30_000,
        75_000,
        64,
        1_000,
        Optional.empty(),
        Optional.empty(),
        "test");
  }
}
