package dev.flotilla.node.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.flotilla.engine.FinishReason;
import dev.flotilla.engine.SessionRequest;
import dev.flotilla.node.api.ScriptedPipeline.Step;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class LifecycleTest {
  private final List<ApiServer> servers = new ArrayList<>();

  @AfterEach
  void stop() {
    servers.forEach(ApiServer::close);
  }

  @Test
  void closesEverySessionOfAClientThatGoesAway() throws IOException {
    ApiServer server =
        server(30_000, request -> List.of(Scripts.admitted(), Scripts.piece("a"), new Step.Hang()));
    for (boolean stream : List.of(true, false)) {
      try (Socket socket = server.connect()) {
        send(socket, ChatTest.chat().put("stream", stream).put("n", 3));
        server.awaitOnLoop("opened", () -> server.pipeline().openSessions() == 3);
      }
      server.awaitIdle();
    }
  }

  @Test
  void stopsAskingForTokensThatAClientDoesNotRead() throws IOException {
    int tokens = 200_000;
    ApiServer server = server(30_000, request -> Scripts.sayMany(request, tokens));
    try (Socket socket = new Socket()) {
      socket.setReceiveBufferSize(4096);
      socket.connect(server.address());
      send(socket, ChatTest.chat().put("stream", true));
      awaitStanding(server);
      assertThat(server.pipeline().emitted()).isLessThan(tokens);

      // It goes on when the client does.
      InputStream in = socket.getInputStream();
      long standing = server.pipeline().emitted();
      byte[] buffer = new byte[1 << 16];
      while (server.pipeline().emitted() == standing) {
        assertThat(in.read(buffer)).isPositive();
      }
      String tail = "";
      while (!tail.endsWith("0\r\n\r\n")) {
        int read = in.read(buffer);
        assertThat(read).isPositive();
        tail += new String(buffer, 0, read, StandardCharsets.UTF_8);
        tail = tail.substring(Math.max(0, tail.length() - 64));
      }
      assertThat(tail).contains("data: [DONE]");
    }
    server.awaitIdle();
  }

  @Test
  void keepsSeveralSessionsWithinOneWindow() {
    ApiServer server = server(30_000, request -> Scripts.sayMany(request, 2_000));

    var response =
        server.post("/v1/completions", new JsonObject().put("prompt", "x").put("n", 128));

    assertThat(response.statusCode()).isEqualTo(200);
    assertThat(ApiServer.json(response).getJsonObject("usage").getInteger("completion_tokens"))
        .isEqualTo(128 * 2_000);
    server.awaitIdle();
  }

  @Test
  void letsRunningAnswersEndWhenItStops() throws Exception {
    ApiServer server = server(20_000, request -> Scripts.sayMany(request, 3_000));
    try (Socket socket = server.connect()) {
      send(socket, ChatTest.chat().put("stream", true));
      server.awaitOnLoop("opened", () -> server.pipeline().emitted() > 0);

      Future<Void> stopped = server.undeploy();

      String answer = readToEnd(socket);
      assertThat(answer).contains("word2999").contains("[DONE]");
      ApiServer.await(stopped);
    }
    assertThatThrownBy(() -> server.connect().close()).isInstanceOf(ConnectException.class);
  }

  @Test
  void endsWhatIsLeftAtTheDeadlineWithAnErrorEvent() throws Exception {
    ApiServer server =
        server(200, request -> List.of(Scripts.admitted(), Scripts.piece("a"), new Step.Hang()));
    try (Socket socket = server.connect();
        Socket idle = server.connect()) {
      send(socket, ChatTest.chat().put("stream", true));
      server.awaitOnLoop("opened", () -> server.pipeline().emitted() == 2);

      Future<Void> stopped = server.undeploy();

      assertThat(readToEnd(socket)).contains("shutting_down").doesNotContain("[DONE]");
      assertThat(readToEnd(idle)).isEmpty();
      ApiServer.await(stopped);
    }
    assertThat(server.pipeline().openSessions()).isZero();
  }

  @Test
  void closesConnectionsThatAskNothing() throws Exception {
    ApiServer server =
        server(
            new ApiOptions(
                "127.0.0.1",
                0,
                List.of(),
                List.of(),
                1 << 20,
                30_000,
                1,
                64,
                0,
                Optional.empty(),
                Optional.empty(),
                "test"),
            request -> Scripts.say(request, "x"));
    try (Socket silent = server.connect();
        Socket half = server.connect()) {
      half.getOutputStream().write("GET /health HTTP/1.1\r\nHos".getBytes(StandardCharsets.UTF_8));
      assertThat(readToEnd(silent)).isEmpty();
      assertThat(readToEnd(half)).isEmpty();
    }
    server.awaitOnLoop("closed", () -> server.verticle().openConnections() == 0);
  }

  @Test
  void givesUpOnABodyThatDoesNotArrive() throws Exception {
    ApiServer server =
        server(
            new ApiOptions(
                "127.0.0.1",
                0,
                List.of(),
                List.of(),
                1 << 20,
                100,
                75_000,
                64,
                0,
                Optional.empty(),
                Optional.empty(),
                "test"),
            request -> Scripts.say(request, "x"));
    try (Socket socket = server.connect()) {
      socket
          .getOutputStream()
          .write(
              "POST /v1/completions HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{"
                  .getBytes(StandardCharsets.UTF_8));
      assertThat(readToEnd(socket)).startsWith("HTTP/1.1 408").contains("request_timeout");
    }
  }

  @Test
  void boundsTheBodiesItHolds() throws Exception {
    int limit = 1 << 20;
    ApiServer server = server(30_000, request -> Scripts.say(request, "x"));
    List<Socket> sockets = new ArrayList<>();
    try {
      byte[] almost = new byte[limit - 1];
      String head = "POST /v1/completions HTTP/1.1\r\nHost: x\r\nContent-Length: " + limit;
      for (int i = 0; i <= BodyReader.MOST_HELD_BODIES; i++) {
        Socket socket = server.connect();
        sockets.add(socket);
        socket.setSoTimeout(20_000);
        socket.getOutputStream().write((head + "\r\n\r\n").getBytes(StandardCharsets.UTF_8));
        socket.getOutputStream().write(almost);
      }
      byte[] answer = new byte[12];
      int refused = 0;
      while (refused == 0) {
        for (Socket socket : sockets) {
          if (socket.getInputStream().available() >= answer.length) {
            assertThat(socket.getInputStream().read(answer)).isEqualTo(answer.length);
            assertThat(new String(answer, StandardCharsets.UTF_8)).isEqualTo("HTTP/1.1 429");
            refused++;
          }
        }
        Thread.onSpinWait();
      }
      assertThat(refused).isLessThan(sockets.size());
    } finally {
      for (Socket socket : sockets) {
        socket.close();
      }
    }
    server.awaitOnLoop("closed", () -> server.verticle().openConnections() == 0);
    // What the dropped ones held is free again.
    String prompt = "x".repeat(limit - 100);
    var response = server.post("/v1/completions", new JsonObject().put("prompt", prompt));
    assertThat(response.statusCode()).isEqualTo(200);
  }

  @Test
  void boundsItsConnections() throws Exception {
    ApiServer server =
        server(
            new ApiOptions(
                "127.0.0.1",
                0,
                List.of(),
                List.of(),
                1 << 20,
                30_000,
                75_000,
                1,
                0,
                Optional.empty(),
                Optional.empty(),
                "test"),
            request -> Scripts.say(request, "x"));
    try (Socket first = server.connect()) {
      server.awaitOnLoop("opened", () -> server.verticle().openConnections() == 1);
      try (Socket second = server.connect()) {
        assertThat(readToEnd(second)).isEmpty();
      }
      assertThat(first.isConnected()).isTrue();
      assertThat(server.verticle().openConnections()).isEqualTo(1);
    }
  }

  @Test
  void endsAnAnswerOnTheLastOfManyChoices() {
    ApiServer server =
        server(
            30_000,
            request ->
                request.sampling().seed() == 1
                    ? Scripts.sayMany(request, 50)
                    : List.of(Scripts.admitted(), Scripts.finished(FinishReason.STOP, 0)));

    var response =
        server.post(
            "/v1/chat/completions", ChatTest.chat().put("n", 2).put("seed", 1).put("stream", true));

    assertThat(response.body()).contains("word49").endsWith("data: [DONE]\n\n");
  }

  private ApiServer server(long drainMillis, Function<SessionRequest, List<Step>> script) {
    return server(
        new ApiOptions(
            "127.0.0.1",
            0,
            List.of(),
            List.of(),
            1 << 20,
            30_000,
            75_000,
            64,
            drainMillis,
            Optional.empty(),
            Optional.empty(),
            "test"),
        script);
  }

  private ApiServer server(ApiOptions options, Function<SessionRequest, List<Step>> script) {
    ApiServer server = new ApiServer(options, Optional.empty(), script);
    servers.add(server);
    return server;
  }

  /** Waits until the pipeline has sent nothing for a while of the event loop's turns. */
  static void awaitStanding(ApiServer server) {
    long[] last = {-1, 0};
    server.awaitOnLoop(
        "standing",
        () -> {
          long emitted = server.pipeline().emitted();
          last[1] = emitted == last[0] && emitted > 0 ? last[1] + 1 : 0;
          last[0] = emitted;
          return last[1] > 2_000;
        });
  }

  static void send(Socket socket, JsonObject body) throws IOException {
    byte[] bytes = body.encode().getBytes(StandardCharsets.UTF_8);
    socket
        .getOutputStream()
        .write(
            ("POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nContent-Length: "
                    + bytes.length
                    + "\r\n\r\n")
                .getBytes(StandardCharsets.UTF_8));
    socket.getOutputStream().write(bytes);
  }

  private static String readToEnd(Socket socket) throws IOException {
    socket.setSoTimeout(20_000);
    return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
  }
}
