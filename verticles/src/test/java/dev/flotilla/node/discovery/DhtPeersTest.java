package dev.flotilla.node.discovery;

import static org.assertj.core.api.Assertions.assertThat;

import dev.flotilla.node.discovery.Candidate.Source;
import dev.flotilla.tokens.PeerAddress;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The rendezvous in a private DHT on loopback, which the nodes themselves are. */
class DhtPeersTest {
  private static final InetSocketAddress LOOPBACK =
      new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 0);

  private final List<DhtPeers> open = new ArrayList<>();

  @AfterEach
  void close() {
    open.forEach(DhtPeers::close);
  }

  private DhtPeers node(String swarm, List<PeerAddress> bootstrap) {
    DhtPeers node = new DhtPeers(TestingKeys.of(swarm), LOOPBACK, bootstrap);
    open.add(node);
    return node;
  }

  private static Set<Candidate> start(DhtPeers node, int clusterPort) {
    Set<Candidate> found = ConcurrentHashMap.newKeySet();
    node.start(new PeerAddress("127.0.0.1", clusterPort), found::add);
    return found;
  }

  private static boolean isListening(DhtPeers node) {
    try {
      return node.port().isPresent();
    } catch (IOException problem) {
      throw new UncheckedIOException(problem);
    }
  }

  private static Candidate at(int port) {
    return new Candidate("127.0.0.1", port, Source.DHT);
  }

  @Test
  void threeNodesFindEachOther() throws Exception {
    DhtPeers beginning = node("swarm", List.of());
    Set<Candidate> first = start(beginning, 5701);
    Eventually.await("the first one listens", () -> isListening(beginning));
    List<PeerAddress> bootstrap =
        List.of(new PeerAddress("127.0.0.1", beginning.port().orElseThrow()));
    Set<Candidate> second = start(node("swarm", bootstrap), 5702);
    Set<Candidate> third = start(node("swarm", bootstrap), 5703);
    Set<Candidate> stranger = start(node("another swarm", bootstrap), 5704);
    Eventually.await(
        "all have found all",
        () ->
            first.containsAll(List.of(at(5702), at(5703)))
                && second.containsAll(List.of(at(5701), at(5703)))
                && third.containsAll(List.of(at(5701), at(5702))));
    assertThat(first).doesNotContain(at(5704));
    assertThat(second).doesNotContain(at(5704));
    assertThat(stranger).isSubsetOf(at(5704));
  }

  @Test
  void whoIsAloneAsksMoreOftenAtFirst() {
    assertThat(DhtPeers.pauseMillis(0, 0)).isLessThan(1_000);
    assertThat(DhtPeers.pauseMillis(9_999, 1)).isLessThan(1_000);
    assertThat(DhtPeers.pauseMillis(0, 2)).isEqualTo(3_000);
    assertThat(DhtPeers.pauseMillis(10_000, 0)).isEqualTo(3_000);
    assertThat(DhtPeers.pauseMillis(60_000, 0)).isEqualTo(300_000);
  }

  @Test
  void bothDaysCountAroundMidnight() {
    assertThat(DhtPeers.days(Instant.parse("2026-11-22T12:00:00Z")))
        .containsExactly(LocalDate.parse("2026-11-22"));
    assertThat(DhtPeers.days(Instant.parse("2026-11-22T00:30:00Z")))
        .containsExactly(LocalDate.parse("2026-11-22"), LocalDate.parse("2026-11-21"));
    assertThat(DhtPeers.days(Instant.parse("2026-12-31T23:30:00Z")))
        .containsExactly(LocalDate.parse("2026-12-31"), LocalDate.parse("2027-01-01"));
  }
}
