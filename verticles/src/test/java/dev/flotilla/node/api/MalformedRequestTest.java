package dev.flotilla.node.api;

import static org.assertj.core.api.Assertions.assertThat;

import dev.flotilla.node.api.MalformedRequests.Malformed;
import java.io.IOException;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class MalformedRequestTest {
  private static final int REQUESTS = Integer.getInteger("flotilla.malformed", 10_000);
  private static final int BODY_LIMIT = 32 * 1024;
  private static final int CLOSED = 0;

  @Test
  void refusesThemAllAndKeepsNothing() throws IOException {
    long seed = Long.getLong("flotilla.seed", 20_261_122);
    ApiOptions options =
        new ApiOptions(
            "127.0.0.1",
            0,
            List.of(),
            List.of(),
            BODY_LIMIT,
            10_000,
            10_000,
            64,
            0,
            Optional.empty(),
            Optional.empty(),
            "test");
    try (ApiServer server =
        new ApiServer(options, Optional.empty(), request -> Scripts.say(request, "x"))) {
      MalformedRequests requests = new MalformedRequests(new Random(seed), BODY_LIMIT);
      Map<Integer, Integer> counts = new TreeMap<>();
      for (int i = 0; i < REQUESTS; i++) {
        Malformed malformed = requests.next();
        int status = send(server, malformed.bytes());
        counts.merge(status, 1, Integer::sum);
        assertThat(fits(malformed, status))
            .as(
                "seed %d, request %d, %s: status %d for%n%s",
                seed,
                i,
                malformed.kind(),
                status,
                new String(malformed.bytes(), StandardCharsets.ISO_8859_1))
            .isTrue();
      }
      assertThat(counts.keySet()).contains(400, 404, 405, 413);
      server.awaitIdle();
      server.awaitOnLoop("disconnected", () -> server.verticle().openConnections() == 0);
      assertThat(server.post("/v1/chat/completions", ChatTest.chat()).statusCode()).isEqualTo(200);
    }
  }

  private static boolean fits(Malformed malformed, int status) {
    boolean refused = status >= 400 && status < 500;
    return switch (malformed.fate()) {
      case REFUSED -> refused;
      case REFUSED_OR_CLOSED -> refused || status == CLOSED;
      case SURVIVED -> status < 500 || (status == 501 && !malformed.isHttp1());
    };
  }

  /** Sends all, then reads to the end of the connection; a server that hangs fails by time-out. */
  private static int send(ApiServer server, byte[] bytes) throws IOException {
    try (Socket socket = server.connect()) {
      socket.setSoTimeout(20_000);
      byte[] answer;
      try {
        socket.getOutputStream().write(bytes);
        socket.shutdownOutput();
        answer = socket.getInputStream().readAllBytes();
      } catch (SocketException reset) {
        return CLOSED;
      }
      String head = new String(answer, 0, Math.min(answer.length, 16), StandardCharsets.ISO_8859_1);
      return head.startsWith("HTTP/1.") ? Integer.parseInt(head.substring(9, 12)) : CLOSED;
    }
  }
}
