package dev.flotilla.federation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ModelDescriptionTest {
  private final ModelDescription description = Announcements.description("stories");
  private final byte[] bytes = description.encode();

  @Test
  void arrivesAsItWasSent() {
    String digest = ModelDescription.digestOf(bytes);
    assertThat(ModelDescription.decode(bytes, digest)).isEqualTo(description);
  }

  @Test
  void whatIsNotAsAnnouncedIsRefused() {
    assertThatThrownBy(() -> ModelDescription.decode(bytes, "0".repeat(64)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("digest");
  }

  @Test
  void everyCutIsRefused() {
    for (int length = 0; length < bytes.length; length++) {
      byte[] cut = Arrays.copyOf(bytes, length);
      assertThatThrownBy(() -> ModelDescription.decode(cut, ModelDescription.digestOf(cut)))
          .as("%d bytes", length)
          .isInstanceOf(IllegalArgumentException.class);
    }
  }

  /** A node may announce any digest of any bytes. */
  @Test
  void damageIsRefusedOrHarmless() {
    long seed = Long.getLong("flotilla.seed", System.nanoTime());
    Random random = new Random(seed);
    int refused = 0;
    for (int round = 0; round < 20_000; round++) {
      byte[] bad = bytes.clone();
      for (int flips = 1 + random.nextInt(4); flips > 0; flips--) {
        bad[random.nextInt(bad.length)] = (byte) random.nextInt();
      }
      try {
        ModelDescription read = ModelDescription.decode(bad, ModelDescription.digestOf(bad));
        assertThat(read.card().id()).as("seed %d", seed).isNotEmpty();
        assertThat(read.fingerprint()).as("seed %d", seed).hasSize(64);
      } catch (IllegalArgumentException e) {
        refused++;
      }
    }
    assertThat(refused).as("seed %d", seed).isGreaterThan(1_000);
  }
}
