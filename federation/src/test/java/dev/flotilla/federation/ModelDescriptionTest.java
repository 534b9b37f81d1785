package dev.flotilla.federation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
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
    SeededSampling sampling = SeededSampling.begin();
    int refused = 0;
    for (int round = 0; round < 20_000; round++) {
      byte[] bad = sampling.damaged(bytes, 4);
      try {
        ModelDescription read = ModelDescription.decode(bad, ModelDescription.digestOf(bad));
        assertThat(read.card().id()).as("seed %d", sampling.seed()).isNotEmpty();
        assertThat(read.fingerprint()).as("seed %d", sampling.seed()).hasSize(64);
      } catch (IllegalArgumentException e) {
        refused++;
      }
    }
    assertThat(refused).as("seed %d", sampling.seed()).isGreaterThan(1_000);
  }
}
