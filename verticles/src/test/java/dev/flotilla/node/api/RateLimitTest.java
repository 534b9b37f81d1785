package dev.flotilla.node.api;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RateLimitTest {
  private long nanos = -5;
  private final RateLimit limit = new RateLimit(60, () -> nanos);

  private void pass(Duration time) {
    nanos += time.toNanos();
  }

  @Test
  void allowsABurstOfAMinutesWorthAndThenOneEverySoOften() {
    assertThat(limit.available()).isEqualTo(60);
    limit.take(60);
    assertThat(limit.available()).isZero();
    assertThat(limit.millisUntilAvailable()).isEqualTo(1000);

    pass(Duration.ofMillis(999));
    assertThat(limit.millisUntilAvailable()).isEqualTo(1);
    pass(Duration.ofMillis(1));
    assertThat(limit.millisUntilAvailable()).isZero();
    assertThat(limit.available()).isEqualTo(1);
  }

  @Test
  void neverSavesMoreThanAMinutesWorth() {
    pass(Duration.ofDays(300));
    assertThat(limit.available()).isEqualTo(60);
    assertThat(limit.millisUntilFull()).isZero();
    limit.take(1);
    assertThat(limit.millisUntilFull()).isEqualTo(1000);
  }

  @Test
  void worksOffDebtBeforeItAllowsMore() {
    limit.take(180);
    assertThat(limit.available()).isZero();
    assertThat(limit.millisUntilAvailable()).isEqualTo(121_000);
    pass(Duration.ofSeconds(121));
    assertThat(limit.available()).isEqualTo(1);
  }

  @Test
  void countsExactlyAtTheHighestRateAndTheDeepestDebt() {
    RateLimit fast = new RateLimit(ApiKey.MAX_PER_MINUTE, () -> nanos);
    for (int i = 0; i < 100; i++) {
      fast.take(Integer.MAX_VALUE);
    }
    assertThat(fast.available()).isZero();
    assertThat(fast.millisUntilAvailable()).isGreaterThan(60_000);
    pass(Duration.ofDays(10_000));
    assertThat(fast.available()).isEqualTo(ApiKey.MAX_PER_MINUTE);
  }

  @Test
  void letsNoMorePassInAnyTimeThanItsRateAndOneBurst() {
    long seed = Long.getLong("flotilla.seed", System.nanoTime());
    Random random = new Random(seed);
    RateLimit random60 = new RateLimit(60, () -> nanos);
    long begin = nanos;
    long passed = 0;
    for (int i = 0; i < 10_000; i++) {
      pass(Duration.ofMillis(random.nextInt(400)));
      if (random60.millisUntilAvailable() == 0) {
        random60.take(1);
        passed++;
      }
      long seconds = Duration.ofNanos(nanos - begin).toSeconds();
      assertThat(passed).as("seed %d", seed).isLessThanOrEqualTo(61 + seconds);
    }
    assertThat(passed).as("seed %d", seed).isGreaterThan(1000);
  }

  @ParameterizedTest
  @CsvSource({
    "0,0ms",
    "120,120ms",
    "1000,1s",
    "1500,1.5s",
    "60000,1m0s",
    "360000,6m0s",
    "61250,1m1.25s"
  })
  void writesTimesAsOpenAiDoes(long millis, String text) {
    assertThat(KeyBudget.span(millis)).isEqualTo(text);
  }
}
