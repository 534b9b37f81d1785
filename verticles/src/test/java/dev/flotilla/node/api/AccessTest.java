package dev.flotilla.node.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What the holders of keys may do, and how much of it. */
class AccessTest {
  private static final String ADMIN_KEY = "the-key-of-the-state-folder";

  private final List<ApiServer> servers = new ArrayList<>();

  @AfterEach
  void stop() {
    servers.forEach(ApiServer::close);
  }

  private ApiServer server(ApiKey... keys) {
    ApiOptions base = ApiServer.OPTIONS;
    ApiServer server =
        new ApiServer(
            new ApiOptions(
                base.host(),
                base.port(),
                List.of(keys),
                List.of(),
                base.bodyLimitBytes(),
                base.bodyTimeoutMillis(),
                base.idleTimeoutMillis(),
                base.maxConnections(),
                1000,
                Optional.of(ADMIN_KEY),
                Optional.empty(),
                "test"));
    servers.add(server);
    return server;
  }

  private static ApiKey key(String name, ApiRole role) {
    return new ApiKey(
        name, ApiKey.hash(secret(name)), role, OptionalInt.empty(), OptionalInt.empty());
  }

  private static ApiKey limited(String name, OptionalInt requests, OptionalInt tokens) {
    return new ApiKey(name, ApiKey.hash(secret(name)), ApiRole.USER, requests, tokens);
  }

  private static String secret(String name) {
    return "secret-of-" + name;
  }

  private static HttpResponse<String> chat(ApiServer server, String name) {
    return server.post(
        "/v1/chat/completions", ChatTest.chat(), "Authorization", "Bearer " + secret(name));
  }

  private static HttpResponse<String> get(ApiServer server, String path, String key) {
    return server.get(path, "Authorization", "Bearer " + key);
  }

  @Test
  void readersSeeAndUsersGenerateAndAdministratorsDoAll() {
    ApiServer server =
        server(
            key("reader", ApiRole.READ_ONLY),
            key("user", ApiRole.USER),
            key("root", ApiRole.ADMIN));

    for (String name : List.of("reader", "user", "root")) {
      assertThat(get(server, "/v1/models", secret(name)).statusCode()).as(name).isEqualTo(200);
      assertThat(get(server, "/metrics", secret(name)).statusCode()).as(name).isEqualTo(200);
    }
    var refused = chat(server, "reader");
    assertThat(refused.statusCode()).isEqualTo(403);
    assertThat(ApiServer.error(refused))
        .isEqualTo(
            new JsonObject()
                .put("message", "The key 'reader' is for the role read-only; this needs user.")
                .put("type", "invalid_request_error")
                .put("param", null)
                .put("code", "insufficient_permissions"));
    assertThat(chat(server, "user").statusCode()).isEqualTo(200);
    assertThat(chat(server, "root").statusCode()).isEqualTo(200);

    assertThat(get(server, "/api/p2p/token", secret("reader")).statusCode()).isEqualTo(403);
    assertThat(get(server, "/api/p2p/token", secret("user")).statusCode()).isEqualTo(403);
    // The routes of a swarm answer so on a node without one.
    assertThat(get(server, "/api/p2p/token", secret("root")).statusCode()).isEqualTo(404);
    assertThat(get(server, "/api/p2p/token", ADMIN_KEY).statusCode()).isEqualTo(404);
    assertThat(get(server, "/api/p2p/token", "nobody-knows-it").statusCode()).isEqualTo(401);
  }

  @Test
  void withoutKeysEverybodyIsAUserAndNobodyAnAdministrator() {
    ApiServer server = server();

    assertThat(server.post("/v1/chat/completions", ChatTest.chat()).statusCode()).isEqualTo(200);
    assertThat(get(server, "/v1/models", "any-key-at-all").statusCode()).isEqualTo(200);
    assertThat(server.get("/api/p2p/token").statusCode()).isEqualTo(401);
    assertThat(get(server, "/api/p2p/token", ADMIN_KEY).statusCode()).isEqualTo(404);
  }

  @Test
  void aKeyThatIsForAdministratorsAloneClosesTheApiToo() {
    ApiServer server = server(key("root", ApiRole.ADMIN));

    assertThat(server.get("/v1/models").statusCode()).isEqualTo(401);
    assertThat(get(server, "/v1/models", ADMIN_KEY).statusCode()).isEqualTo(200);
  }

  @Test
  void requestsOfAKeyAreLimitedAndThoseOfOthersAreNot() {
    ApiServer server =
        server(limited("slow", OptionalInt.of(2), OptionalInt.empty()), key("free", ApiRole.USER));

    var first = chat(server, "slow");
    assertThat(first.statusCode()).isEqualTo(200);
    assertThat(header(first, "x-ratelimit-limit-requests")).isEqualTo("2");
    assertThat(header(first, "x-ratelimit-remaining-requests")).isEqualTo("1");
    assertThat(header(first, "x-ratelimit-reset-requests")).matches("[0-9.]+s");
    assertThat(first.headers().firstValue("x-ratelimit-limit-tokens")).isEmpty();
    assertThat(get(server, "/v1/models", secret("slow")).statusCode()).isEqualTo(200);

    var third = chat(server, "slow");
    assertThat(third.statusCode()).isEqualTo(429);
    assertThat(ApiServer.error(third).getString("code")).isEqualTo("rate_limit_exceeded");
    assertThat(ApiServer.error(third).getString("type")).isEqualTo("rate_limit_error");
    assertThat(ApiServer.error(third).getString("message"))
        .startsWith("The key 'slow' allows 2 requests a minute: try again in ");
    assertThat(header(third, "x-ratelimit-remaining-requests")).isEqualTo("0");
    assertThat(Integer.parseInt(header(third, "Retry-After"))).isBetween(1, 30);
    assertThat(Integer.parseInt(header(third, "retry-after-ms"))).isBetween(1, 30_000);

    assertThat(server.get("/health", "Authorization", "Bearer " + secret("slow")).statusCode())
        .isEqualTo(200);
    var other = chat(server, "free");
    assertThat(other.statusCode()).isEqualTo(200);
    assertThat(other.headers().map().keySet()).noneMatch(name -> name.startsWith("x-ratelimit"));
  }

  @Test
  void tokensOfAKeyAreCountedAsTheyAreComputed() {
    // An answer reads 7 tokens, 3 of which are cached, and writes 1.
    ApiServer server = server(limited("slow", OptionalInt.empty(), OptionalInt.of(6)));

    assertThat(header(chat(server, "slow"), "x-ratelimit-remaining-tokens")).isEqualTo("6");
    assertThat(header(chat(server, "slow"), "x-ratelimit-remaining-tokens")).isEqualTo("1");

    var third = chat(server, "slow");
    assertThat(third.statusCode()).isEqualTo(429);
    assertThat(ApiServer.error(third).getString("message")).contains("6 tokens a minute");
    assertThat(Integer.parseInt(header(third, "Retry-After"))).isBetween(30, 50);
  }

  @Test
  void embeddingsCountAsWell() {
    ApiServer server = server(limited("slow", OptionalInt.empty(), OptionalInt.of(2)));
    JsonObject request = new JsonObject().put("model", "embedder").put("input", "a b c");
    String[] key = {"Authorization", "Bearer " + secret("slow")};

    assertThat(server.post("/v1/embeddings", request, key).statusCode()).isEqualTo(200);
    assertThat(server.post("/v1/embeddings", request, key).statusCode()).isEqualTo(429);
  }

  private static String header(HttpResponse<String> response, String name) {
    return response.headers().firstValue(name).orElseThrow();
  }
}
