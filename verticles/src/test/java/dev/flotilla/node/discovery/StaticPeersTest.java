package dev.flotilla.node.discovery;

import static org.assertj.core.api.Assertions.assertThat;

import dev.flotilla.node.discovery.Candidate.Source;
import dev.flotilla.tokens.PeerAddress;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class StaticPeersTest {
  private static final PeerAddress OWN = new PeerAddress("127.0.0.1", 5701);

  private final Set<Candidate> found = ConcurrentHashMap.newKeySet();

  @Test
  void findsAddressesOfBothFamilies() throws InterruptedException {
    List<PeerAddress> peers =
        List.of(PeerAddress.parse("127.0.0.1:5702"), PeerAddress.parse("[::1]:5703"));
    try (StaticPeers source = new StaticPeers(peers)) {
      source.start(OWN, found::add);
      Eventually.await("both found", () -> found.size() == 2);
    }
    assertThat(found)
        .containsExactlyInAnyOrder(
            new Candidate("127.0.0.1", 5702, Source.STATIC),
            new Candidate("0:0:0:0:0:0:0:1", 5703, Source.STATIC));
  }

  @Test
  void withoutPeersNobodyMayBeFound() {
    assertThat(new StaticPeers(List.of()).mayFind()).isFalse();
    assertThat(new StaticPeers(List.of(OWN)).mayFind()).isTrue();
  }

  @Test
  void resolvesNamesAgain() throws InterruptedException {
    AtomicInteger asked = new AtomicInteger();
    StaticPeers.Resolver moving =
        host -> {
          int time = asked.incrementAndGet();
          if (time == 1) {
            throw new UnknownHostException(host);
          }
          return List.of(InetAddress.ofLiteral("10.0.0." + Math.min(time, 3)));
        };
    try (StaticPeers source =
        new StaticPeers(List.of(new PeerAddress("moving", 5701)), moving, 5)) {
      source.start(OWN, found::add);
      Eventually.await("the later address", () -> asked.get() > 3);
    }
    assertThat(found)
        .contains(
            new Candidate("10.0.0.2", 5701, Source.STATIC),
            new Candidate("10.0.0.3", 5701, Source.STATIC));
  }

  @Test
  void aNameStandsForFewAddresses() throws InterruptedException {
    AtomicInteger asked = new AtomicInteger();
    StaticPeers.Resolver endless =
        _ -> {
          asked.incrementAndGet();
          return IntStream.range(1, 250)
              .mapToObj(i -> InetAddress.ofLiteral("10.0.0." + i))
              .toList();
        };
    try (StaticPeers source = new StaticPeers(List.of(new PeerAddress("many", 5701)), endless, 5)) {
      source.start(OWN, found::add);
      Eventually.await("two rounds", () -> asked.get() > 2);
    }
    assertThat(found).hasSize(StaticPeers.MAX_ADDRESSES_PER_NAME);
  }
}
