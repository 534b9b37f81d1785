package dev.flotilla.node;

import static org.assertj.core.api.Assertions.assertThat;

import dev.flotilla.node.cluster.SharedMap;
import dev.flotilla.tokens.NodeId;
import dev.flotilla.tokens.NodeRole;
import dev.flotilla.tokens.PeerAddress;
import java.io.IOException;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BiConsumer;
import org.junit.jupiter.api.Test;

class ReachabilityTest {
  private static final NodeCard HERE = card("a", "here", "10.0.0.1");
  private static final NodeCard THERE = card("b", "there", "10.0.0.2");
  private static final PeerAddress STRANGE = new PeerAddress("10.0.0.3", 7946);

  private final Set<PeerAddress> closed = new HashSet<>();
  private final SharedMap shared = new Shared();
  private final Reachability here = new Reachability(HERE.id(), shared, this::knock);
  private final Reachability there = new Reachability(THERE.id(), shared, _ -> {});

  private static NodeCard card(String digit, String name, String host) {
    return new NodeCard(
        new NodeId(digit.repeat(64)),
        name,
        NodeRole.FULL,
        "1",
        Instant.EPOCH,
        new PeerAddress(host, 7946),
        new PeerAddress(host, 7948),
        "",
        0);
  }

  private void knock(PeerAddress port) throws IOException {
    if (closed.contains(port)) {
      throw new IOException("Connect timed out");
    }
  }

  @Test
  void bothSidesAreToldUntilItIsOver() {
    List<NodeCard> members = List.of(HERE, THERE);
    closed.add(THERE.link());
    here.check(members, List.of());
    there.check(members, List.of());
    assertThat(here.problems()).containsExactly(THERE.id().hex());
    assertThat(there.problems()).containsExactly(HERE.id() + ">" + THERE.id());

    closed.clear();
    here.check(members, List.of());
    there.check(members, List.of());
    assertThat(here.problems()).isEmpty();
    assertThat(there.problems()).isEmpty();
  }

  @Test
  void whoIsFoundAndSilentIsNamed() {
    closed.add(STRANGE);
    here.check(List.of(HERE), List.of(STRANGE, HERE.cluster(), THERE.cluster()));
    assertThat(here.problems()).containsExactly(STRANGE.toString());
  }

  private static final class Shared implements SharedMap {
    private final Map<String, String> values = new ConcurrentHashMap<>();

    @Override
    public Optional<String> get(String key) {
      return Optional.ofNullable(values.get(key));
    }

    @Override
    public void put(String key, String value) {
      values.put(key, value);
    }

    @Override
    public void remove(String key) {
      values.remove(key);
    }

    @Override
    public Map<String, String> entries() {
      return Map.copyOf(values);
    }

    @Override
    public void onPut(BiConsumer<String, String> listener) {
      throw new UnsupportedOperationException();
    }
  }
}
