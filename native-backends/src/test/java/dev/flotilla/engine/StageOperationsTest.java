package dev.flotilla.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.flotilla.engine.simulated.SimulatedSpeed;
import dev.flotilla.engine.simulated.SimulatedStage;
import org.junit.jupiter.api.Test;

class StageOperationsTest {
  private final StageOperations operations =
      new StageOperations(new SimulatedStage(2, 64, SimulatedSpeed.INSTANT));
  private final Batch batch = new Batch(2);

  @Test
  void batchesOfSessionsThatMustBeRepeatableAreExact() {
    operations.open(0, 0, opening(true));
    operations.open(1, 0, opening(false));

    assertThat(exactWithRowOf(0, 0)).isTrue();
    assertThat(exactWithRowOf(1, 0)).isFalse();

    operations.close(0);
    operations.open(0, 1, opening(false));

    assertThat(exactWithRowOf(0, 1)).isFalse();
  }

  private boolean exactWithRowOf(int slot, int position) {
    batch.clear();
    batch.add(7, position, slot, true);
    assertThat(operations.run(batch)).isTrue();
    return batch.exact();
  }

  private static SlotOpening opening(boolean exact) {
    return new SlotOpening(SamplingOptions.GREEDY, new int[0], new int[0], 0, exact);
  }
}
