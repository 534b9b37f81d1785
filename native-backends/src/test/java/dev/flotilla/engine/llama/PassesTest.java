package dev.flotilla.engine.llama;

import static org.assertj.core.api.Assertions.assertThat;

import dev.flotilla.engine.Batch;
import java.util.List;
import org.junit.jupiter.api.Test;

class PassesTest {
  @Test
  void sequencesOfOneLengthShareAPass() {
    assertThat(passes(512, 0, 1, 2)).containsExactly(new int[] {0, 1, 2});
  }

  @Test
  void longerSequencesGoOnInPassesOfTheirOwn() {
    assertThat(passes(512, 0, 0, 0, 1)).containsExactly(new int[] {0, 3}, new int[] {1, 2});
  }

  @Test
  void aGapBetweenSlotsEndsAPass() {
    assertThat(passes(512, 0, 2, 3)).containsExactly(new int[] {0}, new int[] {1, 2});
  }

  @Test
  void passesHoldNoMoreRowsThanFit() {
    assertThat(passes(3, 0, 0, 0, 0)).containsExactly(new int[] {0, 1, 2}, new int[] {3});
    assertThat(passes(5, 0, 0, 0, 1, 1, 1))
        .containsExactly(new int[] {0, 1, 3, 4}, new int[] {2, 5});
  }

  private static List<int[]> passes(int maxRows, int... slots) {
    Batch batch = new Batch(slots.length);
    for (int slot : slots) {
      batch.add(1, 0, slot, false);
    }
    return Passes.of(batch, maxRows);
  }
}
