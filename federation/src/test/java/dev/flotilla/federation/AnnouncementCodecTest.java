package dev.flotilla.federation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class AnnouncementCodecTest {
  @Test
  void arrivesAsItWasSent() {
    ReplicaAnnouncement whole = Announcements.of(7, 3, 99, 2);
    assertThat(AnnouncementCodec.decode(AnnouncementCodec.encode(whole))).isEqualTo(whole);
    ReplicaAnnouncement bare = whole.with(Optional.empty());
    assertThat(AnnouncementCodec.decode(AnnouncementCodec.encode(bare))).isEqualTo(bare);
  }

  @Test
  void everyCutIsRefused() {
    byte[] bytes = AnnouncementCodec.encode(Announcements.of(7, 3, 99, 2));
    for (int length = 0; length < bytes.length; length++) {
      byte[] cut = Arrays.copyOf(bytes, length);
      assertThatThrownBy(() -> AnnouncementCodec.decode(cut))
          .as("%d bytes", length)
          .isInstanceOf(IllegalArgumentException.class);
    }
    byte[] longer = Arrays.copyOf(bytes, bytes.length + 1);
    assertThatThrownBy(() -> AnnouncementCodec.decode(longer)).hasMessageContaining("after");
  }

  @Test
  void damageIsRefusedOrHarmless() {
    SeededSampling sampling = SeededSampling.begin();
    byte[] good = AnnouncementCodec.encode(Announcements.of(7, 3, 99, 2));
    int refused = 0;
    for (int round = 0; round < 50_000; round++) {
      byte[] bad = sampling.damaged(good, 4);
      try {
        ReplicaAnnouncement read = AnnouncementCodec.decode(bad);
        assertThat(read.slots()).as("seed %d", sampling.seed()).isPositive();
        assertThat(read.nodeId()).as("seed %d", sampling.seed()).hasSize(64);
      } catch (IllegalArgumentException e) {
        refused++;
      }
    }
    assertThat(refused).as("seed %d", sampling.seed()).isGreaterThan(10_000);
  }
}
