package dev.flotilla.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.flotilla.engine.metering.StageFigures;
import dev.flotilla.engine.simulated.SimulatedSpeed;
import dev.flotilla.engine.simulated.SimulatedStage;
import dev.flotilla.gguf.LayerRange;
import org.junit.jupiter.api.Test;

class StageTrialTest {
  /** A stage that is there for a trial alone. */
  private static StageFigures figures(SimulatedSpeed speed) {
    LayerRange middle = new LayerRange(1, 3);
    SimulatedStage stage = new SimulatedStage(1, StageTrial.CONTEXT_TOKENS, speed, middle, 4);
    return StageTrial.of(stage).stages().getFirst();
  }

  @Test
  void itTellsPromptsFromSteps() {
    // A step takes 2 ms at least, 64 rows of a prompt 34 ms.
    StageFigures figures = figures(new SimulatedSpeed(2_000_000, 500_000, 0));
    assertThat(figures.layers()).isEqualTo(new LayerRange(1, 3));
    assertThat(figures.recentPrompts().rows()).isEqualTo(StageTrial.PROMPT_ROWS);
    assertThat(figures.recentPrompts().computeSeconds()).isGreaterThanOrEqualTo(0.034);
    assertThat(figures.recentGeneration().rows()).isEqualTo(1);
    assertThat(figures.recentGeneration().computeSeconds()).isGreaterThanOrEqualTo(0.002);
  }

  @Test
  void aFastStageIsWithinItsContext() {
    StageFigures figures = figures(SimulatedSpeed.INSTANT);
    assertThat(figures.recentGeneration().computeSeconds()).isPositive();
  }
}
