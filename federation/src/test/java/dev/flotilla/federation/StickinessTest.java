package dev.flotilla.federation;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class StickinessTest {
  private static final int REPLICAS = 8;
  private static final int KEYS = 2_000;

  private static Replica replica(int node, int running) {
    return new Replica(Announcements.of(node, 1, 1, running), 0, 0, Load.NONE);
  }

  private static List<Replica> idle() {
    return new ArrayList<>(
        IntStream.rangeClosed(1, REPLICAS).mapToObj(node -> replica(node, 0)).toList());
  }

  private static String home(List<Replica> replicas, int key) {
    return Stickiness.rank(replicas, "key" + key).getFirst().nodeId();
  }

  @Test
  void keysSpreadEvenlyAndEveryGatewayAgrees() {
    Map<String, Integer> counts = new HashMap<>();
    List<Replica> shuffled = idle();
    Collections.shuffle(shuffled, new Random(1));
    for (int key = 0; key < KEYS; key++) {
      String home = home(idle(), key);
      assertThat(home(shuffled, key)).isEqualTo(home);
      counts.merge(home, 1, Integer::sum);
    }
    assertThat(counts).hasSize(REPLICAS);
    assertThat(counts.values()).allMatch(count -> Math.abs(count - KEYS / REPLICAS) < 75);
  }

  @Test
  void aReplicaThatGoesMovesItsOwnKeysOnly() {
    List<Replica> fewer = idle();
    fewer.removeFirst();
    for (int key = 0; key < KEYS; key++) {
      String before = home(idle(), key);
      if (!before.equals(Announcements.node(1))) {
        assertThat(home(fewer, key)).isEqualTo(before);
      }
    }
  }

  @Test
  void aBusyReplicaIsNotStuckTo() {
    // Announced with four slots each.
    List<Replica> order = List.of(replica(1, 7), replica(2, 7));
    assertThat(Stickiness.rank(order, "x")).hasSize(2).containsAll(order);
    String home = Stickiness.rank(order, "x").getFirst().nodeId();
    List<Replica> busy =
        home.equals(Announcements.node(1))
            ? List.of(replica(2, 0), replica(1, 8))
            : List.of(replica(1, 0), replica(2, 8));
    assertThat(Stickiness.rank(busy, "x")).isEqualTo(busy);
  }
}
