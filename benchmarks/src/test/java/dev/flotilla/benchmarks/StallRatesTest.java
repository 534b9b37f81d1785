package dev.flotilla.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class StallRatesTest {
  private static final long MILLI = 1_000_000;

  @Test
  void comparesTheRateWhileAPromptIsReadWithTheRateBefore() {
    // Every 10 ms for a second, then every 40 ms for two.
    long[] events =
        LongStream.concat(
                LongStream.range(0, 100).map(i -> i * 10 * MILLI),
                LongStream.range(0, 50).map(i -> (1000 + i * 40) * MILLI))
            .toArray();

    StallRates rates = StallRates.of(events, 0, 1000 * MILLI, 3000 * MILLI);

    assertThat(rates.before()).isCloseTo(100, within(1e-9));
    assertThat(rates.during()).isCloseTo(25, within(1e-9));
    assertThat(rates.kept()).isCloseTo(0.25, within(1e-9));
  }

  @Test
  void theLongestGapMayBeAtEitherEnd() {
    long[] events = {5, 10, 30, 31};

    assertThat(StallRates.longestGap(events, 0, 40)).isEqualTo(20);
    assertThat(StallRates.longestGap(events, 0, 90)).isEqualTo(59);
    assertThat(StallRates.longestGap(events, 11, 31)).isEqualTo(19);
    assertThat(StallRates.longestGap(new long[0], 3, 10)).isEqualTo(7);
  }

  @Test
  void streamsAreCountedTogetherWhileAllOfThemRun() {
    long second = 1_000_000_000;
    long[] early = {0, second, 2 * second, 3 * second};
    long[] late = {2 * second, 3 * second, 4 * second};
    assertThat(StallRates.together(List.of(early, late))).isEqualTo(2);
    assertThat(StallRates.together(List.of(new long[] {0}, new long[] {second}))).isNaN();
  }
}
