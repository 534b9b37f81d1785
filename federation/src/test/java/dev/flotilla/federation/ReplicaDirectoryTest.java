package dev.flotilla.federation;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Optional;
import org.junit.jupiter.api.Test;

class ReplicaDirectoryTest {
  private static final long SECOND = 1_000_000_000L;

  @Test
  void keepsTheNewestOfEachReplicaWhateverTheOrder() {
    ReplicaDirectory directory =
        ReplicaDirectory.EMPTY
            .with(Announcements.of(1, 1, 5, 3), 10)
            .with(Announcements.of(1, 1, 4, 1), 20)
            .with(Announcements.of(2, 1, 1, 0), 20);
    assertThat(directory.replicas("stories")).hasSize(2);
    assertThat(directory.with(Announcements.of(1, 2, 1, 0), 30).replicas("stories"))
        .extracting(heard -> heard.announcement().running())
        .containsExactlyInAnyOrder(0, 0);
    assertThat(directory.replicas("stories"))
        .extracting(heard -> heard.announcement().running())
        .containsExactlyInAnyOrder(3, 0);
    assertThat(directory.models()).containsExactly("stories");
    assertThat(directory.replicas("other")).isEmpty();
  }

  @Test
  void forgetsTheSilentAndTheLost() {
    ReplicaDirectory directory =
        ReplicaDirectory.EMPTY
            .with(Announcements.of(1, 1, 1, 0), 0)
            .with(Announcements.of(2, 1, 1, 0), 2 * SECOND);
    assertThat(directory.alive(5 * SECOND - 1)).isSameAs(directory);
    assertThat(directory.alive(5 * SECOND).replicas())
        .extracting(heard -> heard.announcement().nodeId())
        .containsExactly(Announcements.node(2));
    assertThat(directory.without(Announcements.node(1)).replicas()).hasSize(1);
    assertThat(directory.without(Announcements.node(9))).isSameAs(directory);
  }

  @Test
  void whatIsGoneComesBackWithALaterIncarnationAlone() {
    ReplicaAnnouncement asked = Announcements.of(1, 1, 3, 0);
    ReplicaDirectory before =
        ReplicaDirectory.EMPTY.with(asked, 0).with(Announcements.of(2, 1, 1, 0), 0);
    ReplicaDirectory after = before.withoutGone(asked, SECOND);
    assertThat(after.replicas())
        .extracting(heard -> heard.announcement().nodeId())
        .containsExactly(Announcements.node(2));
    assertThat(after.with(Announcements.of(1, 1, 4, 0), SECOND)).isSameAs(after);
    assertThat(after.with(Announcements.of(1, 2, 1, 0), SECOND).replicas()).hasSize(2);
    // Announced anew before it was heard that it was gone.
    ReplicaDirectory anew = before.with(Announcements.of(1, 2, 1, 0), SECOND);
    assertThat(anew.withoutGone(asked, SECOND)).isSameAs(anew);
    // Forgotten once nothing old can be on its way.
    assertThat(after.alive(6 * SECOND).with(Announcements.of(1, 1, 4, 0), 6 * SECOND).replicas())
        .hasSize(1);
  }

  @Test
  void prefixesLastUntilTheyChangeOrTheNodeRestarts() {
    ReplicaAnnouncement first = Announcements.of(1, 1, 1, 0);
    ReplicaAnnouncement unchanged = Announcements.of(1, 1, 2, 0).with(Optional.empty());
    ReplicaAnnouncement restarted = Announcements.of(1, 2, 1, 0).with(Optional.empty());
    ReplicaDirectory directory = ReplicaDirectory.EMPTY.with(first, 0).with(unchanged, 1);
    assertThat(prefixes(directory)).isEqualTo(first.prefixes());
    assertThat(prefixes(directory.with(restarted, 2))).contains(PrefixDigest.EMPTY);
  }

  private static Optional<PrefixDigest> prefixes(ReplicaDirectory directory) {
    return directory.replicas().getFirst().announcement().prefixes();
  }
}
