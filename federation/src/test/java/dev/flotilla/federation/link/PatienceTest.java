package dev.flotilla.federation.link;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class PatienceTest {
  private static final long MILLI = 1_000_000;
  private static final long MOST = 1_200 * MILLI;
  private static final long LEAST = 480 * MILLI;

  private final Patience patience = new Patience(MOST, 0);
  private long now;

  private void signs(int times, long everyMillis) {
    for (int i = 0; i < times; i++) {
      now += everyMillis * MILLI;
      patience.heard(everyMillis * MILLI, now);
    }
  }

  private long nanos() {
    return patience.nanos(now);
  }

  @Test
  void nothingIsKnownAtFirst() {
    assertThat(nanos()).isEqualTo(MOST);
  }

  @Test
  void aLivelyHeadIsMissedSoon() {
    signs(2_000, 10);
    assertThat(nanos()).isEqualTo(LEAST);
  }

  @Test
  void aHeadThatSpeaksSeldomGetsSeveralOfItsPauses() {
    signs(200, 150);
    assertThat(nanos()).isBetween(600 * MILLI, 610 * MILLI);
  }

  @Test
  void aHeadThatWasSilentForLongGetsAllThereIsForAWhile() {
    signs(2_000, 10);
    signs(1, 900);
    signs(500, 10);
    assertThat(nanos()).isEqualTo(MOST);
    signs(2_000, 10);
    assertThat(nanos()).isEqualTo(LEAST);
  }
}
