package dev.flotilla.node;

import static org.assertj.core.api.Assertions.assertThat;

import dev.flotilla.gguf.SharedFiles;
import io.vertx.core.json.JsonObject;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What can be read on the lines between the nodes of a working swarm: nothing of what they say. */
@Timeout(300)
class SwarmSecrecyTest {
  private static final String NAME = "planted-node-name";
  private static final String REASON = "planted-reason-to-part";
  private static final String MODEL = "planted-model-name";
  private static final String PROMPT = "Once upon a time a planted prompt";

  private static final InetAddress LOOPBACK = InetAddress.ofLiteral("127.0.0.1");

  @TempDir private Path folder;

  @BeforeAll
  static void skipWhereImpossible() {
    RelayedPorts.assumeUsable();
  }

  @Test
  void nothingThatNodesSayCanBeRead() throws Exception {
    try (LocalSwarm swarm = new LocalSwarm(folder);
        RelayedPorts firstPorts = new RelayedPorts(1);
        RelayedPorts secondPorts = new RelayedPorts(2)) {
      RunningNode first = swarm.route("first", firstPorts.options());
      List<String> serving = new ArrayList<>(List.of(secondPorts.options()));
      String model = SharedFiles.require("models/stories260K.gguf").toString();
      serving.addAll(List.of("--model", MODEL + "=" + model, "--threads", "1"));
      swarm.run(NAME, serving.toArray(String[]::new));
      swarm.awaitMembers("first", NAME);
      LocalSwarm.await(() -> first.post("/v1/completions", request()).statusCode() == 200);
      LocalSwarm.await(() -> LocalSwarm.member(first, NAME).containsKey("round_trip_ms"));
      String invite = swarm.invite(NAME, "worker", 1);
      swarm.join("worker", invite);
      swarm.awaitMembers("first", NAME, "worker");
      swarm.administer(
          "first", "revoke", new JsonObject().put("node", "worker").put("reason", REASON));
      LocalSwarm.await(() -> swarm.log(NAME).contains(REASON));

      List<TcpRelay> relays =
          Stream.of(firstPorts, secondPorts).flatMap(ports -> ports.relays().stream()).toList();
      assertThat(relays.stream().mapToLong(TcpRelay::bytes).sum()).isGreaterThan(10_000);
      for (String marker : List.of(NAME, REASON, MODEL, PROMPT)) {
        assertThat(relays).as(marker).noneMatch(relay -> relay.carried(marker));
      }
      assertReadableWithoutTls(first);
    }
  }

  /** The control: the same relay on a plain line shows the same text. */
  private static void assertReadableWithoutTls(RunningNode node) throws Exception {
    URI api = URI.create(node.url());
    try (TcpRelay plain =
            new TcpRelay(
                new InetSocketAddress(LOOPBACK, 0),
                new InetSocketAddress(LOOPBACK, api.getPort()));
        HttpClient http = HttpClient.newHttpClient()) {
      URI completions =
          URI.create("http://127.0.0.1:" + plain.address().getPort() + "/v1/completions");
      HttpRequest request =
          HttpRequest.newBuilder(completions)
              .header("content-type", "application/json")
              .POST(BodyPublishers.ofString(request()))
              .build();
      assertThat(http.send(request, BodyHandlers.discarding()).statusCode()).isEqualTo(200);
      assertThat(plain.carried(PROMPT)).isTrue();
      assertThat(plain.carried(MODEL)).isTrue();
    }
  }

  private static String request() {
    return new JsonObject().put("model", MODEL).put("prompt", PROMPT).put("max_tokens", 4).encode();
  }
}
