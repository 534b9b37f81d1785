package dev.flotilla.node.discovery;

import static org.assertj.core.api.Assertions.assertThat;

import dev.flotilla.node.discovery.Candidate.Source;
import dev.flotilla.tokens.PeerAddress;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class DiscoveryTest {
  private static final PeerAddress OWN = new PeerAddress("0.0.0.0", 5701);

  private final AtomicLong nowMillis = new AtomicLong(1_000_000);
  private final TestingSource mdns = new TestingSource(Source.MDNS);
  private final TestingSource statics = new TestingSource(Source.STATIC);
  private final List<Candidate> heard = new ArrayList<>();
  private final Discovery discovery =
      new Discovery(
          List.of(mdns, statics), heard::add, () -> Instant.ofEpochMilli(nowMillis.get()));

  /** Finds what a test tells it to. */
  private static final class TestingSource implements PeerSource {
    private final Source source;
    private @Nullable Consumer<Candidate> listener;
    private boolean closed;

    TestingSource(Source source) {
      this.source = source;
    }

    @Override
    public Source source() {
      return source;
    }

    @Override
    public void start(PeerAddress own, Consumer<Candidate> to) {
      listener = to;
    }

    void find(String host, int port) {
      if (listener == null) {
        throw new AssertionError("not started");
      }
      listener.accept(new Candidate(host, port, source));
    }

    @Override
    public void close() {
      closed = true;
    }
  }

  @Test
  void mergesWhatAllSourcesFind() {
    discovery.start(OWN);
    mdns.find("10.0.0.1", 5701);
    statics.find("10.0.0.2", 5701);
    statics.find("10.0.0.1", 5701);
    assertThat(discovery.candidates())
        .as("static peers first, each once")
        .containsExactly(new PeerAddress("10.0.0.1", 5701), new PeerAddress("10.0.0.2", 5701));
    assertThat(discovery.found()).hasSize(3);
  }

  @Test
  void tellsOnceAboutEach() {
    discovery.start(OWN);
    mdns.find("10.0.0.1", 5701);
    mdns.find("10.0.0.1", 5701);
    assertThat(heard).containsExactly(new Candidate("10.0.0.1", 5701, Source.MDNS));
  }

  @Test
  void forgetsWhatNobodyReports() {
    discovery.start(OWN);
    mdns.find("10.0.0.1", 5701);
    mdns.find("10.0.0.2", 5701);
    nowMillis.addAndGet(Discovery.KEEP_MILLIS);
    mdns.find("10.0.0.2", 5701);
    nowMillis.incrementAndGet();
    assertThat(discovery.candidates()).containsExactly(new PeerAddress("10.0.0.2", 5701));
    mdns.find("10.0.0.1", 5701);
    assertThat(heard).as("news again").hasSize(3);
  }

  @Test
  void aFloodTouchesOneSourceOnly() {
    discovery.start(OWN);
    for (int port = 1; port <= 60_000; port++) {
      mdns.find("10.0.0.1", port);
    }
    statics.find("10.0.0.2", 5701);
    assertThat(discovery.candidates())
        .hasSize(Discovery.MAX_CANDIDATES_PER_SOURCE + 1)
        .first()
        .isEqualTo(new PeerAddress("10.0.0.2", 5701));
    assertThat(heard).hasSize(Discovery.MAX_CANDIDATES_PER_SOURCE + 1);
  }

  @Test
  void doesNotFindItself() {
    discovery.start(OWN);
    mdns.find("127.0.0.1", 5701);
    mdns.find("127.0.0.1", 5702);
    assertThat(heard).containsExactly(new Candidate("127.0.0.1", 5702, Source.MDNS));
  }

  @Test
  void closesItsSources() {
    discovery.close();
    assertThat(List.of(mdns, statics)).allMatch(source -> source.closed);
  }
}
