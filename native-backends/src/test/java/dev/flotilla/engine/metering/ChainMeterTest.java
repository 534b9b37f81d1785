package dev.flotilla.engine.metering;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.flotilla.gguf.LayerRange;
import java.util.List;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

class ChainMeterTest {
  private static final long MILLI = 1_000_000;
  private static final Offset<Double> NANO = within(1e-9);

  private final ChainMeter meter =
      new ChainMeter(List.of(new LayerRange(0, 2), new LayerRange(2, 3)), 3, 1000);

  @Test
  void whatNoStageAccountsForIsTheNetworks() {
    meter.computed(
        4,
        true,
        30 * MILLI,
        List.of(
            new StageSpan(0, 5 * MILLI, 6 * MILLI), new StageSpan(MILLI, 4 * MILLI, 2 * MILLI)));

    ChainFigures figures = meter.figures();
    StageFigures first = figures.stages().getFirst();
    StageFigures last = figures.stages().getLast();
    assertThat(first.generation()).isEqualTo(new StageWork(1, 4, 0.005, 0, 0.015));
    assertThat(last.generation()).isEqualTo(new StageWork(1, 4, 0.004, 0.001, 0.005));
    assertThat(first.prompts()).isEqualTo(StageWork.NONE);
    assertThat(figures.stepSeconds()).isCloseTo(0.030, NANO);
    assertThat(first.sentBytes()).isEqualTo(4000);
    assertThat(last.sentBytes()).isZero();
    assertThat(first.roundTripSeconds()).isCloseTo(0.006, NANO);
  }

  @Test
  void hopsOfUnknownRoundTripsShareAlike() {
    List<StageSpan> spans = List.of(new StageSpan(0, 10, 0), new StageSpan(0, 10, 0));
    assertThat(ChainMeter.network(120, spans)).containsExactly(50, 50);
    assertThat(ChainMeter.network(5, spans)).containsExactly(0, 0);
  }

  @Test
  void lateBatchesCountMoreThanEarlyOnes() {
    for (int i = 0; i < 200; i++) {
      add(false, 10 * MILLI);
    }
    for (int i = 0; i < 200; i++) {
      add(false, MILLI);
    }
    StageFigures first = meter.figures().stages().getFirst();
    assertThat(first.prompts().perBatch().computeSeconds()).isCloseTo(0.0055, NANO);
    assertThat(first.recentPrompts().perBatch().computeSeconds()).isCloseTo(0.001, within(1e-4));
    assertThat(first.recentPrompts().rowsPerSecond()).isCloseTo(8000, within(800.0));
  }

  private void add(boolean generates, long computeNanos) {
    StageSpan span = new StageSpan(0, computeNanos, 0);
    meter.computed(8, generates, 2 * computeNanos, List.of(span, span));
  }

  @Test
  void aBatchThatNotEveryStageTellsOfDoesNotCount() {
    meter.computed(4, true, MILLI, List.of(new StageSpan(0, 1, 1)));
    assertThat(meter.figures().stages().getFirst().generation()).isEqualTo(StageWork.NONE);
    assertThat(meter.figures().stepSeconds()).isZero();
  }

  @Test
  void pausesAddUp() {
    meter.recovered(300 * MILLI);
    meter.recovered(100 * MILLI);
    ChainFigures figures = meter.figures();
    assertThat(figures.recoveries()).isEqualTo(2);
    assertThat(figures.pauseSeconds()).isCloseTo(0.4, NANO);
    assertThat(figures.lastPauseSeconds()).isCloseTo(0.1, NANO);
  }
}
