package dev.flotilla.node.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.flotilla.cli.http.ApiBase;
import dev.flotilla.cli.http.JsonCalls;
import dev.flotilla.cli.http.ServerTrust;
import dev.flotilla.cli.http.StreamConnection;
import dev.flotilla.engine.SessionRequest;
import dev.flotilla.node.auth.CertificateFiles;
import dev.flotilla.node.auth.SelfSignedCertificate;
import dev.flotilla.node.upstream.UpstreamAddress;
import dev.flotilla.node.upstream.UpstreamOptions;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpClient.Version;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Flow;
import java.util.function.Function;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The API under a certificate of its own. */
@Timeout(60)
class HttpsTest {
  @TempDir private Path folder;

  private final List<AutoCloseable> open = new ArrayList<>();
  private SSLContext trust;

  @BeforeEach
  void makeCertificate() throws Exception {
    SelfSignedCertificate.in(folder, Set.of("127.0.0.1"), Set.of(), Instant.now());
    trust = ServerTrust.including(folder.resolve("certificate.pem"));
  }

  @AfterEach
  void stop() throws Exception {
    for (AutoCloseable each : open.reversed()) {
      each.close();
    }
  }

  private ApiServer server(
      long bodyTimeoutMillis, Function<SessionRequest, List<ScriptedPipeline.Step>> script)
      throws Exception {
    var certificate =
        SelfSignedCertificate.in(folder, Set.of("127.0.0.1"), Set.of(), Instant.now());
    ApiServer server =
        new ApiServer(
            new ApiOptions(
                "127.0.0.1",
                0,
                List.of(),
                List.of(),
                1 << 20,
                bodyTimeoutMillis,
                75_000,
                64,
                1_000,
                Optional.empty(),
                Optional.of(certificate.options()),
                "test"),
            Optional.empty(),
            script);
    open.add(server);
    return server;
  }

  private HttpClient client(Version version) {
    HttpClient client = HttpClient.newBuilder().version(version).sslContext(trust).build();
    open.add(client::shutdownNow);
    return client;
  }

  private static HttpRequest.Builder request(ApiServer server, String path) {
    return HttpRequest.newBuilder(URI.create("https://127.0.0.1:" + server.port() + path))
        .timeout(Duration.ofSeconds(20));
  }

  private static HttpRequest chat(ApiServer server) {
    return request(server, "/v1/chat/completions")
        .POST(BodyPublishers.ofString(ChatTest.chat().put("stream", true).encode()))
        .build();
  }

  @Test
  void speaksHttp2AndHttp1() throws Exception {
    ApiServer server = server(30_000, request -> Scripts.sayMany(request, 300));
    for (Version version : Version.values()) {
      if (version == Version.HTTP_1_1 || version == Version.HTTP_2) {
        HttpResponse<String> answer = client(version).send(chat(server), BodyHandlers.ofString());

        assertThat(answer.version()).isEqualTo(version);
        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(ApiServer.events(answer)).hasSizeGreaterThan(300).endsWith("[DONE]");
      }
    }
    server.awaitIdle();
  }

  @Test
  void anUpstreamIsBelievedByItsOwnAuthorityAndUnderItsOwnName() throws Exception {
    int port = server(30_000, request -> Scripts.say(request, "far")).port();
    var authorities = CertificateFiles.chain(folder.resolve("certificate.pem"));
    UpstreamAddress strange = UpstreamAddress.parse("strange=https://127.0.0.1:" + port);
    UpstreamAddress misnamed = UpstreamAddress.parse("misnamed=https://localhost:" + port);
    UpstreamAddress known = UpstreamAddress.parse("known=https://127.0.0.1:" + port);
    List<UpstreamAddress> upstreams =
        List.of(strange, misnamed.trusting(authorities), known.trusting(authorities));
    ApiServer gateway =
        new ApiServer(
            ApiServer.OPTIONS,
            Optional.empty(),
            List.of("org/here", "here-embedder"),
            new UpstreamOptions(upstreams, 5_000),
            request -> Scripts.say(request, "here"));
    open.add(gateway);

    // All were asked at the start; on a slow machine none may have answered in time.
    while (!gateway.get("/v1/models").body().contains("known")) {
      Thread.onSpinWait();
    }
    assertThat(gateway.get("/v1/models").body()).doesNotContain("strange", "misnamed");
    JsonObject chat = ChatTest.chat().put("model", "org/scripted");
    assertThat(gateway.post("/v1/chat/completions", chat).body()).contains("far");
  }

  @Test
  void answersOfOneHttp2ConnectionAreIndependent() throws Exception {
    ApiServer server = server(30_000, request -> Scripts.sayMany(request, 100));
    HttpClient client = client(Version.HTTP_2);
    client.send(request(server, "/health").build(), BodyHandlers.ofString());

    List<CompletableFuture<HttpResponse<String>>> answers = new ArrayList<>();
    for (int i = 0; i < 40; i++) {
      answers.add(client.sendAsync(chat(server), BodyHandlers.ofString()));
    }
    for (CompletableFuture<HttpResponse<String>> answer : answers) {
      assertThat(ApiServer.events(answer.get())).endsWith("[DONE]");
    }
    server.awaitOnLoop("one connection", () -> server.verticle().openConnections() == 1);
    server.awaitIdle();
  }

  @Test
  void aStreamThatItsClientResetsKeepsNoSlot() throws Exception {
    ApiServer server =
        server(
            30_000,
            request ->
                List.of(Scripts.admitted(), Scripts.piece("a"), new ScriptedPipeline.Step.Hang()));
    HttpClient client = client(Version.HTTP_2);
    var lines = client.send(chat(server), BodyHandlers.ofLines());
    server.awaitOnLoop("started", () -> server.verticle().liveAnswers() == 1);

    lines.body().close();

    server.awaitIdle();
    assertThat(
            client.send(request(server, "/health").build(), BodyHandlers.ofString()).statusCode())
        .isEqualTo(200);
    assertThat(server.verticle().openConnections()).isEqualTo(1);
  }

  @Test
  void aBodyThatDoesNotArriveEndsItsRequestAndNoOtherOfTheConnection() throws Exception {
    ApiServer server =
        server(
            200,
            request ->
                List.of(Scripts.admitted(), Scripts.piece("a"), new ScriptedPipeline.Step.Hang()));
    HttpClient client = client(Version.HTTP_2);
    var running = client.send(chat(server), BodyHandlers.ofLines());
    Flow.Publisher<java.nio.ByteBuffer> endless =
        subscriber ->
            subscriber.onSubscribe(
                new Flow.Subscription() {
                  @Override
                  public void request(long n) {}

                  @Override
                  public void cancel() {}
                });

    HttpResponse<String> late =
        client.send(
            request(server, "/v1/chat/completions")
                .POST(BodyPublishers.fromPublisher(endless, 100))
                .build(),
            BodyHandlers.ofString());

    assertThat(late.statusCode()).isEqualTo(408);
    assertThat(server.verticle().liveAnswers()).isEqualTo(1);
    assertThat(
            client.send(request(server, "/health").build(), BodyHandlers.ofString()).statusCode())
        .isEqualTo(200);
    running.body().close();
    server.awaitIdle();
  }

  @Test
  void plainHttpGetsNoAnswer() throws Exception {
    ApiServer server = server(30_000, request -> Scripts.say(request, "x"));
    try (Socket socket = server.connect()) {
      socket
          .getOutputStream()
          .write("GET /health HTTP/1.1\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
      assertThat(new String(socket.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1))
          .doesNotContain("HTTP");
    }
  }

  @Test
  void theCommandLinesClientsReachItIfTheyTrustIt() throws Exception {
    ApiServer server = server(30_000, request -> Scripts.say(request, "Hi"));
    ApiBase unknown = ApiBase.of("https://127.0.0.1:" + server.port(), Optional.empty());
    ApiBase known = unknown.trusting(trust);
    try (JsonCalls calls = new JsonCalls(known)) {
      assertThat(calls.firstModel()).isEqualTo("org/scripted");
    }
    List<String> events = new ArrayList<>();
    try (StreamConnection stream = new StreamConnection(known)) {
      JsonObject body = ChatTest.chat().put("stream", true);
      stream.post(
          "/v1/chat/completions",
          body.encode().getBytes(StandardCharsets.UTF_8),
          (buffer, length) -> events.add(new String(buffer, 0, length, StandardCharsets.UTF_8)));
    }
    assertThat(events).endsWith("[DONE]");

    try (JsonCalls calls = new JsonCalls(unknown)) {
      assertThatThrownBy(calls::firstModel)
          .isInstanceOf(IOException.class)
          .hasMessageContaining("can't connect to https://127.0.0.1:" + server.port())
          .hasMessageContaining("--ca");
    }
    assertThatThrownBy(() -> new StreamConnection(unknown)).hasMessageContaining("--ca");
  }

  @Test
  void aNameThatTheCertificateLacksIsNotBelieved() throws Exception {
    ApiServer server = server(30_000, request -> Scripts.say(request, "Hi"));
    ApiBase other = ApiBase.of("https://localhost:" + server.port(), Optional.empty());
    try (JsonCalls calls = new JsonCalls(other.trusting(trust))) {
      assertThatThrownBy(calls::firstModel).isInstanceOf(IOException.class);
    }
  }
}
