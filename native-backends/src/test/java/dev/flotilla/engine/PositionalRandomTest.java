package dev.flotilla.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.data.Offset.offset;

import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

class PositionalRandomTest {

  @Test
  void isAFunctionOfSeedAndPosition() {
    assertThat(PositionalRandom.bits(42, 7)).isEqualTo(PositionalRandom.bits(42, 7));
    Set<Long> seen = new HashSet<>();
    for (long seed = 0; seed < 100; seed++) {
      for (int position = 0; position < 100; position++) {
        seen.add(PositionalRandom.bits(seed, position));
      }
    }
    assertThat(seen).hasSize(10_000);
  }

  @Test
  void isSpreadEvenly() {
    double sum = 0;
    int low = 0;
    for (int position = 0; position < 100_000; position++) {
      double unit = PositionalRandom.unit(1, position);
      assertThat(unit).isBetween(0.0, 0.9999999999999999);
      sum += unit;
      low += unit < 0.1 ? 1 : 0;
    }
    assertThat(sum / 100_000).isCloseTo(0.5, offset(0.005));
    assertThat(low / 100_000.0).isCloseTo(0.1, offset(0.005));
  }
}
