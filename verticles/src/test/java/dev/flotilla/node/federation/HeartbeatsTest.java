package dev.flotilla.node.federation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.flotilla.federation.PrefixDigest;
import dev.flotilla.federation.ReplicaAnnouncement;
import dev.flotilla.federation.ReplicaAnnouncement.State;
import dev.flotilla.federation.ReplicaSpeed;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class HeartbeatsTest {
  private static final long MILLI = 1_000_000;

  private final Heartbeats heartbeats = new Heartbeats(new SplittableRandom(1));

  private static ReplicaAnnouncement replica(State state, long... prefixes) {
    return new ReplicaAnnouncement(
        "0".repeat(64),
        "story",
        "1",
        "d".repeat(64),
        1,
        1,
        state,
        4,
        0,
        0,
        64,
        512,
        0,
        0,
        0,
        0,
        new ReplicaSpeed(500, List.of(20.0)),
        Optional.of(new PrefixDigest(prefixes)));
  }

  @Test
  void comeAboutEverySecondAndNotInChorus() {
    List<Long> gaps = new ArrayList<>();
    long last = 0;
    heartbeats.send(replica(State.READY), false, 0);
    for (long now = 0; now < 60_000; now += 10) {
      if (heartbeats.due("story", State.READY, now * MILLI)) {
        heartbeats.send(replica(State.READY), false, now * MILLI);
        gaps.add(now - last);
        last = now;
      }
    }
    assertThat(gaps).hasSizeBetween(50, 70).allMatch(gap -> gap >= 800 && gap <= 1_210);
    assertThat(gaps.stream().distinct().count()).isGreaterThan(10);
  }

  @Test
  void changesAreToldAtOnce() {
    heartbeats.send(replica(State.LOADING), false, 0);
    assertThat(heartbeats.due("story", State.LOADING, 100 * MILLI)).isFalse();
    assertThat(heartbeats.due("story", State.READY, 100 * MILLI)).isTrue();
    assertThat(heartbeats.due("another", State.READY, 100 * MILLI)).isTrue();
  }

  @Test
  void whatIsCachedIsToldWhereItChangedAndNowAndThen() {
    List<Boolean> whole = new ArrayList<>();
    for (int beat = 0; beat < 11; beat++) {
      long[] cached = beat < 7 ? new long[] {1} : new long[] {1, 2};
      whole.add(heartbeats.send(replica(State.READY, cached), false, 0).prefixes().isPresent());
    }
    assertThat(whole)
        .containsExactly(true, false, false, false, false, true, false, true, false, false, true);
    assertThat(heartbeats.send(replica(State.READY, 1, 2), true, 0).prefixes()).isPresent();
  }
}
