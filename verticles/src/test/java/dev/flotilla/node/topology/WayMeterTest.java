package dev.flotilla.node.topology;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class WayMeterTest {
  private final WayMeter meter = new WayMeter();

  private NodeReport.Way way() {
    return meter.way("a".repeat(64), 0).orElseThrow();
  }

  private void roundTrips(int times, double millis) {
    for (int i = 0; i < times; i++) {
      meter.roundTrip(millis, 0);
    }
  }

  @Test
  void nothingIsKnownBeforeTheFirstAnswer() {
    meter.unanswered();
    assertThat(meter.way("a".repeat(64), 0)).isEmpty();
  }

  @Test
  void theLeastRoundTripOfLateCounts() {
    meter.roundTrip(2, 0);
    roundTrips(7, 5);
    assertThat(way().roundTripMillis()).isEqualTo(2);
    meter.roundTrip(5, 3_000_000_000L);
    assertThat(way().roundTripMillis()).isEqualTo(5);
    assertThat(meter.way("a", 5_000_000_000L).orElseThrow().ageSeconds()).isEqualTo(2);
  }

  @Test
  void theRateIsOfTheBytesWithoutTheRoundTrip() {
    meter.roundTrip(10, 0);
    meter.transfer(1_000_000, 110);
    assertThat(way().bytesPerSecond()).isCloseTo(1e7, within(1.0));
  }

  @Test
  void aBusyMachineIsNoLossyWay() {
    roundTrips(50, 1);
    roundTrips(50, 150);
    assertThat(way().heldUp()).isZero();
  }

  @Test
  void theShareThatIsHeldUpIsFoundAndForgotten() {
    for (int i = 0; i < 400; i++) {
      meter.roundTrip(i % 10 == 0 ? 250 : 20, 0);
    }
    assertThat(way().heldUp()).isBetween(0.05, 0.15);
    roundTrips(200, 20);
    assertThat(way().heldUp()).isLessThan(0.001);
  }

  @Test
  void whatIsNotAnsweredIsHeldUpToo() {
    roundTrips(8, 1);
    for (int i = 0; i < 200; i++) {
      meter.unanswered();
    }
    assertThat(way().heldUp()).isGreaterThan(0.99).isLessThan(1);
  }
}
