package dev.flotilla.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.flotilla.engine.metering.StageFigures;
import dev.flotilla.engine.simulated.SimulatedSpeed;
import dev.flotilla.engine.simulated.SimulatedStage;
import dev.flotilla.gguf.LayerRange;
import java.lang.reflect.Proxy;
import java.util.concurrent.atomic.AtomicInteger;
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

  @Test
  void thePromptThatWasDisturbedDoesNotCount() {
    LayerRange middle = new LayerRange(1, 3);
    Stage stage =
        new SimulatedStage(1, StageTrial.CONTEXT_TOKENS, SimulatedSpeed.INSTANT, middle, 4);
    AtomicInteger prompts = new AtomicInteger();
    Stage disturbed =
        (Stage)
            Proxy.newProxyInstance(
                Stage.class.getClassLoader(),
                new Class<?>[] {Stage.class},
                (_, method, arguments) -> {
                  if (method.getName().equals("run")
                      && ((Batch) arguments[0]).size() == StageTrial.PROMPT_ROWS
                      && prompts.getAndIncrement() == 0) {
                    Thread.sleep(500);
                  }
                  return method.invoke(stage, arguments);
                });
    StageFigures figures = StageTrial.of(disturbed).stages().getFirst();
    assertThat(prompts).hasValue(2);
    assertThat(figures.recentPrompts().computeSeconds()).isLessThan(0.5);
  }
}
