package dev.flotilla.federation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.Optional;
import java.util.Random;
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
    long seed = Long.getLong("flotilla.seed", System.nanoTime());
    Random random = new Random(seed);
    byte[] good = AnnouncementCodec.encode(Announcements.of(7, 3, 99, 2));
    int refused = 0;
    for (int round = 0; round < 50_000; round++) {
      byte[] bad = good.clone();
      for (int flips = 1 + random.nextInt(4); flips > 0; flips--) {
        bad[random.nextInt(bad.length)] = (byte) random.nextInt();
      }
      try {
        ReplicaAnnouncement read = AnnouncementCodec.decode(bad);
        assertThat(read.slots()).as("seed %d", seed).isPositive();
        assertThat(read.nodeId()).as("seed %d", seed).hasSize(64);
      } catch (IllegalArgumentException e) {
        refused++;
      }
    }
    assertThat(refused).as("seed %d", seed).isGreaterThan(10_000);
  }
}
