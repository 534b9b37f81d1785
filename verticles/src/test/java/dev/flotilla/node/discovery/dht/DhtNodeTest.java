package dev.flotilla.node.discovery.dht;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.flotilla.node.discovery.Eventually;
import dev.flotilla.node.discovery.dht.Bencoded.Dictionary;
import dev.flotilla.node.discovery.dht.Bencoded.Int;
import dev.flotilla.node.discovery.dht.Bencoded.Text;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A private DHT on loopback. */
class DhtNodeTest {
  private static final Key SWARM = key("the swarm's key of the day");

  private final List<DhtNode> nodes = new ArrayList<>();

  private DhtNode node(String host) throws IOException {
    DhtNode node =
        DhtNode.open(new InetSocketAddress(InetAddress.ofLiteral(host), 0), (_, _) -> {});
    nodes.add(node);
    return node;
  }

  @AfterEach
  void close() throws IOException {
    for (DhtNode node : nodes) {
      node.close();
    }
  }

  private static Key key(String text) {
    return Key.of(text.getBytes(StandardCharsets.US_ASCII));
  }

  private static InetSocketAddress at(String host, int port) {
    return new InetSocketAddress(InetAddress.ofLiteral(host), port);
  }

  @ParameterizedTest
  @ValueSource(strings = {"127.0.0.1", "::1"})
  void nodesMeetThroughAThird(String host) throws IOException {
    List<InetSocketAddress> bootstrap = List.of(node(host).localAddress());
    DhtNode first = node(host);
    DhtNode second = node(host);
    first.meet(SWARM, 5701, bootstrap);
    assertThat(second.meet(SWARM, 5702, bootstrap)).containsExactly(at(host, 5701));
    assertThat(first.meet(SWARM, 5701, bootstrap)).contains(at(host, 5702));
    assertThat(second.meet(key("another swarm's key......"), 5702, bootstrap)).isEmpty();
  }

  @Test
  void meetAcrossANetworkWhoseBeginningIsGone() throws IOException, InterruptedException {
    DhtNode beginning = node("127.0.0.1");
    List<InetSocketAddress> bootstrap = List.of(beginning.localAddress());
    for (int i = 0; i < 30; i++) {
      node("127.0.0.1").meet(key("somebody else's key number " + i), 1_000 + i, bootstrap);
    }
    DhtNode first = nodes.getLast();
    DhtNode second = nodes.get(5);
    Eventually.await(
        "those who asked are known", () -> first.knownNodes() > 4 && second.knownNodes() > 4);
    beginning.close();
    first.meet(SWARM, 5701, bootstrap);
    assertThat(second.meet(SWARM, 5702, bootstrap)).contains(at("127.0.0.1", 5701));
  }

  @Test
  void nobodyAnnouncesWithoutAToken() throws Exception {
    DhtNode node = node("127.0.0.1");
    byte[] id = new byte[Key.BYTES];
    for (byte[] token : List.of(new byte[0], new byte[8], new byte[1_000])) {
      Dictionary arguments =
          Dictionary.of(
              Map.of(
                  "id", new Text(id),
                  "info_hash", new Text(SWARM.bytes()),
                  "port", new Int(666),
                  "token", new Text(token)));
      Dictionary answer = ask(node, "announce_peer", arguments);
      assertThat(answer.text("y")).contains("e");
    }
    assertThat(node("127.0.0.1").meet(SWARM, 5701, List.of(node.localAddress()))).isEmpty();
  }

  @Test
  void answersWithItsToken() throws Exception {
    DhtNode node = node("127.0.0.1");
    Dictionary answer =
        ask(
            node,
            "get_peers",
            Dictionary.of(
                Map.of("id", new Text(new byte[20]), "info_hash", new Text(SWARM.bytes()))));
    assertThat(answer.dictionary("r").orElseThrow().bytes("token")).isPresent();
  }

  @Test
  void aPingIsNotAnsweredByAnother() throws Exception {
    DhtNode node = node("127.0.0.1");
    Dictionary arguments =
        Dictionary.of(Map.of("id", new Text(new byte[20]), "target", new Text(SWARM.bytes())));
    try (DatagramSocket socket = new DatagramSocket(at("127.0.0.1", 0))) {
      send(socket, node, "ping", arguments);
      assertThat(receive(socket, 10_000).text("y")).contains("r");
      assertThatExceptionOfType(SocketTimeoutException.class)
          .isThrownBy(() -> receive(socket, 300));
      send(socket, node, "find_node", arguments);
      assertThat(receive(socket, 10_000).text("y")).contains("r");
      assertThat(receive(socket, 10_000).text("q")).as("of whoever asks more").contains("ping");
    }
  }

  @Test
  void aLostQuestionIsSentAgainAndAgain() throws Exception {
    DhtNode node = node("127.0.0.1");
    try (DatagramSocket deaf = new DatagramSocket(at("127.0.0.1", 0))) {
      InetSocketAddress known = (InetSocketAddress) deaf.getLocalSocketAddress();
      Thread meeting = Thread.ofVirtual().start(() -> node.meet(SWARM, 5701, List.of(known)));
      Dictionary first = receive(deaf, 10_000);
      assertThat(first.text("q")).contains("get_peers");
      assertThat(receive(deaf, 10_000).encode()).isEqualTo(first.encode());
      assertThat(receive(deaf, 10_000).encode()).isEqualTo(first.encode());
      assertThat(meeting.join(Duration.ofSeconds(20))).isTrue();
    }
  }

  @Test
  void enduresGarbage() throws Exception {
    long seed = System.nanoTime();
    System.out.println("seed " + seed);
    Random random = new Random(seed);
    // Its answers to the garbage would use up the second's allowance.
    RateLimit unlimited = new RateLimit(Integer.MAX_VALUE, InstantSource.system());
    DhtNode node = DhtNode.open(at("127.0.0.1", 0), (_, _) -> {}, unlimited);
    nodes.add(node);
    byte[] query =
        "d1:ad2:id20:abcdefghij01234567899:info_hash20:mnopqrstuvwxyz123456e1:q9:get_peers1:t2:aa1:y1:qe"
            .getBytes(StandardCharsets.ISO_8859_1);
    try (DatagramSocket socket = new DatagramSocket(at("127.0.0.1", 0))) {
      for (int i = 0; i < 10_000; i++) {
        byte[] packet = query.clone();
        for (int change = random.nextInt(5); change >= 0; change--) {
          packet[random.nextInt(packet.length)] = (byte) random.nextInt();
        }
        socket.send(new DatagramPacket(packet, packet.length, node.localAddress()));
      }
    }
    DhtNode first = node("127.0.0.1");
    DhtNode second = node("127.0.0.1");
    List<InetSocketAddress> known = List.of(node.localAddress());
    // What comes while the garbage is worked off is lost, as datagrams are.
    Eventually.await(
        "they meet",
        () -> {
          first.meet(SWARM, 5701, known);
          return second.meet(SWARM, 5702, known).contains(at("127.0.0.1", 5701));
        });
  }

  @Test
  void answersAreBoundedInEverySecond() {
    AtomicLong now = new AtomicLong(1_000);
    RateLimit limit = new RateLimit(2, () -> Instant.ofEpochMilli(now.get()));
    assertThat(limit.tryTake()).isTrue();
    assertThat(limit.tryTake()).isTrue();
    now.set(1_999);
    assertThat(limit.tryTake()).isFalse();
    now.set(2_000);
    assertThat(limit.tryTake()).isTrue();
  }

  @Test
  void strangersAnnouncementsAreBounded() {
    AtomicLong now = new AtomicLong();
    PeerStore store = new PeerStore(() -> Instant.ofEpochMilli(now.get()));
    for (int port = 1; port <= 1_000; port++) {
      store.add(SWARM, at("10.0.0.1", port));
    }
    assertThat(store.get(SWARM))
        .hasSize(PeerStore.MAX_PEERS_PER_KEY)
        .contains(at("10.0.0.1", 1_000));
    for (int i = 0; i < PeerStore.MAX_KEYS; i++) {
      store.add(key("%020d".formatted(i)), at("10.0.0.2", 1));
    }
    assertThat(store.get(SWARM)).as("the oldest went").isEmpty();
    Key last = key("%020d".formatted(PeerStore.MAX_KEYS - 1));
    assertThat(store.get(last)).hasSize(1);
    now.set(PeerStore.KEEP_MILLIS + 1);
    assertThat(store.get(last)).isEmpty();
  }

  @Test
  void theTableKeepsWhoAnswers() {
    RoutingTable table = new RoutingTable(Key.of(new byte[Key.BYTES]));
    byte[] far = new byte[Key.BYTES];
    far[0] = (byte) 0x80;
    for (int i = 0; i < 100; i++) {
      far[19] = (byte) i;
      table.answered(new Contact(Key.of(far), at("10.0.0.1", 1 + i)));
    }
    assertThat(table.size()).isEqualTo(RoutingTable.BUCKET_SIZE);
    table.failed(at("10.0.0.1", 1));
    assertThat(table.contains(at("10.0.0.1", 1))).as("one loss is no death").isTrue();
    table.failed(at("10.0.0.1", 1));
    assertThat(table.contains(at("10.0.0.1", 1))).isFalse();
  }

  @Test
  void theWideNetworkNamesNoLocalMachine() {
    InetSocketAddress wide = at("198.51.100.1", 1);
    InetSocketAddress local = at("192.168.0.1", 1);
    assertThat(Lookup.isPlausible(wide, local)).isFalse();
    assertThat(Lookup.isPlausible(wide, at("127.0.0.1", 1))).isFalse();
    assertThat(Lookup.isPlausible(wide, at("fd00::1", 1))).isFalse();
    assertThat(Lookup.isPlausible(wide, at("198.51.100.2", 1))).isTrue();
    assertThat(Lookup.isPlausible(local, at("192.168.0.2", 1))).isTrue();
  }

  @Test
  void tokensAreForOneAddressAndSomeMinutes() {
    AtomicLong now = new AtomicLong(1_000_000_000);
    WriteTokens tokens = new WriteTokens(() -> Instant.ofEpochMilli(now.get()), new SecureRandom());
    InetAddress address = InetAddress.ofLiteral("10.0.0.1");
    byte[] token = tokens.issue(address);
    assertThat(tokens.isValid(token, address)).isTrue();
    assertThat(tokens.isValid(token, InetAddress.ofLiteral("10.0.0.2"))).isFalse();
    now.addAndGet(5 * 60_000);
    assertThat(tokens.isValid(token, address)).isTrue();
    now.addAndGet(5 * 60_000);
    assertThat(tokens.isValid(token, address)).isFalse();
  }

  /** One question by hand. */
  private static Dictionary ask(DhtNode node, String method, Dictionary arguments)
      throws IOException {
    try (DatagramSocket socket = new DatagramSocket(at("127.0.0.1", 0))) {
      send(socket, node, method, arguments);
      while (true) {
        Dictionary message = receive(socket, 10_000);
        if (Set.of("r", "e").contains(message.text("y").orElse(""))) {
          return message;
        }
      }
    }
  }

  private static void send(DatagramSocket socket, DhtNode node, String method, Dictionary arguments)
      throws IOException {
    byte[] query =
        Dictionary.of(
                Map.of("t", Text.of("aa"), "y", Text.of("q"), "q", Text.of(method), "a", arguments))
            .encode();
    socket.send(new DatagramPacket(query, query.length, node.localAddress()));
  }

  private static Dictionary receive(DatagramSocket socket, int timeoutMillis) throws IOException {
    socket.setSoTimeout(timeoutMillis);
    DatagramPacket packet =
        new DatagramPacket(new byte[DhtNode.MAX_PACKET_BYTES], DhtNode.MAX_PACKET_BYTES);
    socket.receive(packet);
    return (Dictionary) Bencoded.decode(Arrays.copyOf(packet.getData(), packet.getLength()));
  }
}
