package dev.flotilla.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A gateway and two nodes under many clients, idle ones, and one that hardly reads. */
@Tag("soak")
@Timeout(180)
class GatewayLoadTest {
  private static final int STREAMS = 100;
  private static final int TOKENS = 40;
  private static final int IDLE = 500;
  private static final String[] ROOMY = {
    "--slots", "16", "--queue", "256", "--context-size", "512"
  };
  private static final Pattern COMPLETION_TOKENS =
      Pattern.compile("flotilla_completion_tokens_total\\{model=\"story\"} ([0-9.E+]+)");

  @TempDir private static Path folder;

  private static LocalSwarm swarm;

  @BeforeAll
  static void start() throws Exception {
    swarm = new LocalSwarm(folder);
    swarm.serve("one", ROOMY);
    swarm.together(List.of(() -> swarm.serve("two", ROOMY), () -> swarm.route("gateway")));
    LocalSwarm.awaitReplicas(swarm.node("gateway"), 2);
  }

  @AfterAll
  static void stop() {
    swarm.close();
  }

  @Test
  void aHundredStreamsAtOnceBesideFiveHundredIdleClients() throws Exception {
    RunningNode gateway = swarm.node("gateway");
    List<Socket> idle = new ArrayList<>();
    try {
      for (int i = 0; i < IDLE; i++) {
        idle.add(new Socket(InetAddress.getLoopbackAddress(), port(gateway)));
        assertThat(health(idle.getLast())).startsWith("HTTP/1.1 200");
      }
      List<StoryStream> streams =
          IntStream.range(0, STREAMS)
              .mapToObj(seed -> StoryStream.open(gateway, seed, TOKENS))
              .toList();
      List<String> told = new ArrayList<>();
      for (StoryStream stream : streams) {
        told.add(stream.text());
        assertThat(stream.usage().getInteger("completion_tokens")).isEqualTo(TOKENS);
      }
      for (Socket each : idle) {
        assertThat(health(each)).startsWith("HTTP/1.1 200");
      }
      assertThat(told).isEqualTo(toldByOneNode());
    } finally {
      for (Socket each : idle) {
        each.close();
      }
    }
  }

  /** The same stories, without a gateway and without a stream. */
  private static List<String> toldByOneNode() throws Exception {
    List<CompletableFuture<HttpResponse<String>>> answers =
        IntStream.range(0, STREAMS)
            .mapToObj(seed ->
                swarm
                    .node("one")
                    .postAsync("/v1/completions", StoryStream.request(seed, TOKENS, false)))
            .toList();
    List<String> told = new ArrayList<>();
    for (CompletableFuture<HttpResponse<String>> each : answers) {
      told.add(StoryStream.whole(each.get(120, TimeUnit.SECONDS)));
    }
    return told;
  }

  /**
   * What a slow client holds is what was generated for it and not read by it: bounded by the window
   * of events, the response's queue and the sockets' buffers, together far less than this.
   */
  private static final int MOST_HELD_TOKENS = 8_000;

  @Test
  void aClientThatHardlyReadsHoldsNoMoreThanItsBound() throws Exception {
    RunningNode gateway = swarm.node("gateway");
    int choices = 100;
    int tokens = 450;
    String endless =
        new JsonObject(StoryStream.request(1, tokens, true))
            .put("n", choices)
            .put("deterministic", false)
            .encode();
    double before = tokensOf(gateway);
    try (Socket slow = new Socket()) {
      slow.setReceiveBufferSize(4_096);
      slow.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port(gateway)));
      slow.getOutputStream().write(post("/v1/completions", endless));
      InputStream in = slow.getInputStream();
      for (int read = 0; read < 100; read++) {
        assertThat(in.read()).isNotNegative();
        // The pace of the client is what this is about.
        TimeUnit.MILLISECONDS.sleep(50);
        assertThat(tokensOf(gateway) - before).isLessThan(MOST_HELD_TOKENS);
      }
      double held = tokensOf(gateway) - before;
      System.out.printf("held for a slow reader: %.0f of %d tokens%n", held, choices * tokens);

      // It goes on when the client does.
      byte[] buffer = new byte[1 << 16];
      for (int read = 0; tokensOf(gateway) - before < held + 1_000; read = 0) {
        while (read < buffer.length) {
          int more = in.read(buffer);
          assertThat(more).isPositive();
          read += more;
        }
      }
    }
    LocalSwarm.await(() ->
        LocalSwarm.replicas(gateway).stream()
            .allMatch(
                replica -> replica.getInteger("running") + replica.getInteger("queued") == 0));
  }

  private static double tokensOf(RunningNode gateway) throws Exception {
    Matcher matcher = COMPLETION_TOKENS.matcher(gateway.get("/metrics").body());
    return matcher.find() ? Double.parseDouble(matcher.group(1)) : 0;
  }

  private static int port(RunningNode node) {
    return URI.create(node.url()).getPort();
  }

  private static byte[] post(String path, String body) {
    return "POST %s HTTP/1.1\r\nHost: gateway\r\nContent-Length: %d\r\n\r\n%s"
        .formatted(path, body.length(), body)
        .getBytes(StandardCharsets.US_ASCII);
  }

  /** The answer to a GET on a connection that stays open. */
  private static String health(Socket socket) throws IOException {
    socket
        .getOutputStream()
        .write("GET /health HTTP/1.1\r\nHost: gateway\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
    InputStream in = socket.getInputStream();
    ByteArrayOutputStream head = new ByteArrayOutputStream();
    while (!head.toString(StandardCharsets.US_ASCII).endsWith("\r\n\r\n")) {
      int next = in.read();
      assertThat(next).isNotNegative();
      head.write(next);
    }
    String text = head.toString(StandardCharsets.US_ASCII);
    Matcher length = Pattern.compile("(?i)content-length: ([0-9]+)").matcher(text);
    assertThat(length.find()).isTrue();
    in.skipNBytes(Long.parseLong(length.group(1)));
    return text;
  }
}
