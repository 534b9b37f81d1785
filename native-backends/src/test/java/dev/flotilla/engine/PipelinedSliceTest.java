package dev.flotilla.engine;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Slices of prompts that keep several stages busy. */
class PipelinedSliceTest {

  /** What a prompt takes in slices of so many rows, in rows of one stage. */
  private static double cost(int rows, int stages, int slice) {
    return (rows + (stages - 1.0) * slice) * (1 + 15.0 / slice);
  }

  @ParameterizedTest
  @CsvSource({"256,2", "512,2", "512,3", "2048,2", "2048,5", "8192,3"})
  void isNearTheBestOfAll(int rows, int stages) {
    double best = Double.POSITIVE_INFINITY;
    for (int slice = 1; slice <= rows; slice++) {
      best = Math.min(best, cost(rows, stages, slice));
    }
    assertThat(cost(rows, stages, PipelinedSlice.rows(rows, stages))).isLessThan(1.01 * best);
  }

  @Test
  void isNeverTiny() {
    assertThat(PipelinedSlice.rows(1, 5)).isEqualTo(32);
  }
}
