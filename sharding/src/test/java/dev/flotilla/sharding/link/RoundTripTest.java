package dev.flotilla.sharding.link;

import static org.assertj.core.api.Assertions.assertThat;

import dev.flotilla.sharding.link.LinkFrame.Heartbeat;
import org.junit.jupiter.api.Test;

class RoundTripTest {
  /** Clocks of two machines have nothing to do with each other. */
  private static final long AHEAD = 1_000_000_000_000L;

  private final RoundTrip here = new RoundTrip();
  private final RoundTrip there = new RoundTrip();

  @Test
  void clocksNeedNotAgree() {
    there.heard(here.beat(100), AHEAD + 105);
    Heartbeat back = there.beat(AHEAD + 125);
    here.heard(back, 137);
    assertThat(here.nanos()).isEqualTo(17);
    there.heard(here.beat(140), AHEAD + 150);
    assertThat(there.nanos()).isEqualTo(22);
  }

  @Test
  void theLeastOfLateCounts() {
    for (long took : new long[] {30, 20, 50}) {
      here.heard(new Heartbeat(1, 1000, 0), 1000 + took);
    }
    assertThat(here.nanos()).isEqualTo(20);
    for (int i = 0; i < 16; i++) {
      here.heard(new Heartbeat(1, 1000, 0), 1090);
    }
    assertThat(here.nanos()).isEqualTo(90);
  }

  @Test
  void nonsenseOfTheOtherEndIsIgnored() {
    for (Heartbeat beat :
        new Heartbeat[] {
          new Heartbeat(5, 0, 0),
          new Heartbeat(5, 2000, 0),
          new Heartbeat(5, Long.MIN_VALUE, 0),
          new Heartbeat(5, 900, 400),
          new Heartbeat(5, 900, Long.MIN_VALUE),
          new Heartbeat(5, Long.MAX_VALUE, Long.MAX_VALUE)
        }) {
      here.heard(beat, 1000);
    }
    assertThat(here.nanos()).isZero();
  }
}
