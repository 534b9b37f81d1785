package dev.flotilla.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.data.Offset.offset;

import java.util.Arrays;
import org.junit.jupiter.api.Test;

class MirostatStateTest {
  private static final int TOKENS = 2_000;

  @Test
  void surpriseFollowsTheTarget() {
    for (int version = 1; version <= 2; version++) {
      double low = surprise(version, 1.5f);
      double middle = surprise(version, 2.5f);
      double high = surprise(version, 3.5f);
      assertThat(low).as("version %d", version).isLessThan(middle - 0.5);
      assertThat(middle)
          .as("version %d", version)
          .isLessThan(high - 0.5)
          .isCloseTo(2.5, offset(1.0));
    }
  }

  /** The mean surprise of the tokens chosen, in bits, once the state has settled. */
  private static double surprise(int version, float target) {
    double[] zipf = zipf();
    MirostatState state = new MirostatState(new Mirostat(version, target, 0.1f));
    double surprise = 0;
    for (int position = 0; position < 4_000; position++) {
      int chosen = state.choose(zipf, TOKENS, PositionalRandom.unit(3, position));
      surprise += position < 1_000 ? 0 : -Math.log(zipf[chosen]) / Math.log(2);
    }
    return surprise / 3_000;
  }

  @Test
  void aCertainTokenIsChosen() {
    MirostatState state = new MirostatState(new Mirostat(2, 5, 0.1f));
    assertThat(state.choose(new double[] {1.0}, 1, 0.99)).isZero();
  }

  private static double[] zipf() {
    double[] probabilities = new double[TOKENS];
    for (int i = 0; i < TOKENS; i++) {
      probabilities[i] = Math.pow(i + 1, -1.3);
    }
    double sum = Arrays.stream(probabilities).sum();
    for (int i = 0; i < TOKENS; i++) {
      probabilities[i] /= sum;
    }
    return probabilities;
  }
}
