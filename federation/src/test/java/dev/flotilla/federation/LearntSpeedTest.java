package dev.flotilla.federation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class LearntSpeedTest {
  private static LearntSpeed speed(double prefill, Map<Integer, Double> decode) {
    return new LearntSpeed(prefill, new TreeMap<>(decode));
  }

  @Test
  void ratesThatDifferLittleAreAlike() {
    LearntSpeed speed = speed(100, Map.of(1, 10.0, 4, 5.0));
    assertThat(speed.isLike(speed(110, Map.of(1, 9.0, 4, 5.5)), 1.2)).isTrue();
    assertThat(speed.isLike(speed(121, Map.of(1, 10.0, 4, 5.0)), 1.2)).isFalse();
    assertThat(speed.isLike(speed(83, Map.of(1, 10.0, 4, 5.0)), 1.2)).isFalse();
    assertThat(speed.isLike(speed(100, Map.of(1, 10.0, 4, 4.0)), 1.2)).isFalse();
    assertThat(speed.isLike(speed(100, Map.of(1, 10.0)), 1.2)).isFalse();
    assertThat(speed.isLike(speed(100, Map.of(1, 10.0, 3, 5.0)), 1.2)).isFalse();
  }

  @Test
  void whatIsNoSpeedIsRefused() {
    for (double rate : new double[] {0, -1, 1e10, Double.NaN}) {
      assertThatIllegalArgumentException().isThrownBy(() -> speed(rate, Map.of(1, 1.0)));
      assertThatIllegalArgumentException().isThrownBy(() -> speed(1, Map.of(1, rate)));
    }
    assertThatIllegalArgumentException().isThrownBy(() -> speed(1, Map.of()));
    assertThatIllegalArgumentException().isThrownBy(() -> speed(1, Map.of(0, 1.0)));
    assertThatIllegalArgumentException().isThrownBy(() -> speed(1, Map.of(65, 1.0)));
  }
}
