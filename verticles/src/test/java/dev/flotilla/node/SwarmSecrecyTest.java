package dev.flotilla.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
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
      RunningNode first = swarm.run("first", firstPorts.options());
      swarm.run(NAME, secondPorts.options());
      swarm.awaitMembers("first", NAME);
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
      for (String marker : List.of(NAME, REASON)) {
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
      URI nodes = URI.create("http://127.0.0.1:" + plain.address().getPort() + "/api/nodes");
      assertThat(http.send(HttpRequest.newBuilder(nodes).build(), BodyHandlers.ofString()).body())
          .contains(NAME);
      assertThat(plain.carried(NAME)).isTrue();
    }
  }
}
