package dev.flotilla.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ProcessorTimesTest {

  @Test
  void sumsWhatProcessorsDidAndFindsWhatWasStolen() {
    // Guests, the last two, are users' time already.
    assertThat(ProcessorTimes.of("cpu  100 20 30 400 5 0 15 30 50 7"))
        .isEqualTo(new ProcessorTimes(600, 30));
  }

  @Test
  void theStolenPartIsThatOfTheTimeBetween() {
    ProcessorTimes then = new ProcessorTimes(1000, 100);
    assertThat(new ProcessorTimes(1200, 150).stolenSince(then)).isEqualTo(0.25);
    assertThat(then.stolenSince(then)).isZero();
  }
}
