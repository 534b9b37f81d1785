package dev.flotilla.engine.llama;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.function.IntToDoubleFunction;
import org.junit.jupiter.api.Test;

class ThreadTunerTest {
  private static final int STEPS = 2_000;

  private final ThreadTuner tuner = new ThreadTuner(8, 8);

  /** Milliseconds of a step by its threads, on cores that nobody else wants. */
  private static double alone(int threads) {
    return 80.0 / threads;
  }

  /** Where each of many threads must wait for the slowest. */
  private static double crowded(int threads) {
    return threads > 2 ? 400 : alone(threads);
  }

  private double compute(int rows, int steps, IntToDoubleFunction machine) {
    double millis = 0;
    for (int step = 0; step < steps; step++) {
      int threads = tuner.threads(rows);
      assertThat(threads).isBetween(1, 8);
      double took = machine.applyAsDouble(threads);
      tuner.took(rows, (long) (took * 1e6));
      millis += took;
    }
    return millis;
  }

  @Test
  void costsNextToNothingOnAMachineThatIsLeftAlone() {
    assertThat(compute(1, STEPS, ThreadTunerTest::alone)).isLessThan(1.02 * STEPS * alone(8));
  }

  @Test
  void neverTriesFewerThreadsForLongStepsThatTakeWhatTheyAlwaysTook() {
    assertThat(compute(512, STEPS, ThreadTunerTest::alone)).isEqualTo(STEPS * alone(8));
  }

  @Test
  void someShortPromptsAreNotWorthATrial() {
    assertThat(compute(14, 30, ThreadTunerTest::alone)).isEqualTo(30 * alone(8));
  }

  @Test
  void takesTheThreadsThatAreNotHeldUp() {
    compute(1, 100, ThreadTunerTest::alone);

    assertThat(compute(1, STEPS, ThreadTunerTest::crowded))
        .isLessThan(1.3 * STEPS * alone(2))
        .isLessThan(0.2 * STEPS * crowded(8));
  }

  @Test
  void doesSoForLongStepsToo() {
    compute(512, 100, ThreadTunerTest::alone);

    assertThat(compute(512, STEPS, ThreadTunerTest::crowded)).isLessThan(1.3 * STEPS * alone(2));
  }

  @Test
  void findsOutOnAMachineThatWasCrowdedFromTheBeginning() {
    assertThat(compute(1, STEPS, ThreadTunerTest::crowded)).isLessThan(1.4 * STEPS * alone(2));
  }

  @Test
  void takesAllThreadsAgainWhenTheyAreFasterAgain() {
    compute(1, 100, ThreadTunerTest::alone);
    compute(1, 500, ThreadTunerTest::crowded);
    compute(1, 500, ThreadTunerTest::alone);

    assertThat(compute(1, STEPS, ThreadTunerTest::alone)).isLessThan(1.02 * STEPS * alone(8));
  }

  @Test
  void takesAllThreadsAgainEvenIfTheyGainLittle() {
    IntToDoubleFunction bounded = threads -> Math.max(alone(threads), 0.9 * alone(4));
    compute(1, 100, bounded);
    compute(1, 500, ThreadTunerTest::crowded);
    compute(1, 500, bounded);

    assertThat(compute(1, STEPS, bounded)).isLessThan(1.02 * STEPS * bounded.applyAsDouble(8));
  }

  @Test
  void losesStillLessWhenTrialsWereInVain() {
    compute(1, STEPS, ThreadTunerTest::alone);

    assertThat(compute(1, 10 * STEPS, ThreadTunerTest::alone))
        .isLessThan(1.002 * 10 * STEPS * alone(8));
  }

  @Test
  void oneSlowStepChangesNothing() {
    compute(1, 100, ThreadTunerTest::alone);
    compute(1, 1, _ -> 10 * alone(8));

    assertThat(compute(1, 3, ThreadTunerTest::alone)).isEqualTo(3 * alone(8));
  }

  @Test
  void keepsToWhatALongerContextTakes() {
    compute(1, 100, ThreadTunerTest::alone);

    assertThat(compute(1, STEPS, threads -> 3 * alone(threads)))
        .isLessThan(1.02 * STEPS * 3 * alone(8));
  }

  @Test
  void aSingleThreadIsAllThereIs() {
    ThreadTuner lone = new ThreadTuner(1, 1);

    for (int step = 0; step < 100; step++) {
      assertThat(lone.threads(1)).isEqualTo(1);
      lone.took(1, step * 1_000_000L);
    }
  }

  @Test
  void eachKindOfStepHasThreadsOfItsOwn() {
    ThreadTuner uneven = new ThreadTuner(2, 6);

    assertThat(uneven.threads(1)).isEqualTo(2);
    assertThat(uneven.threads(2)).isEqualTo(6);
    assertThat(uneven.threads(Integer.MAX_VALUE)).isEqualTo(6);
  }
}
