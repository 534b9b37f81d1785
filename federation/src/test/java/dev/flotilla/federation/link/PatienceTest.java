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
      long before = now;
      now += everyMillis * MILLI;
      patience.heard(before, now);
    }
  }

  private void assertEndsAfter(long nanos) {
    assertThat(patience.isAtAnEnd(now, now + nanos - MILLI)).isFalse();
    assertThat(patience.isAtAnEnd(now, now + nanos + MILLI)).isTrue();
  }

  @Test
  void nothingIsKnownAtFirst() {
    assertEndsAfter(MOST);
  }

  @Test
  void aLivelyHeadIsMissedSoon() {
    signs(2_000, 10);
    assertEndsAfter(LEAST);
  }

  @Test
  void aHeadThatSpeaksSeldomGetsSeveralOfItsPauses() {
    signs(200, 150);
    assertEndsAfter(600 * MILLI);
  }

  @Test
  void aHeadThatWasSilentForLongGetsAllThereIsForAWhile() {
    signs(2_000, 10);
    signs(1, 900);
    signs(500, 10);
    assertEndsAfter(MOST);
    signs(2_000, 10);
    assertEndsAfter(LEAST);
  }

  @Test
  void whatOneSessionHearsCountsForAll() {
    signs(2_000, 10);
    long seldom = now;
    for (int i = 0; i < 60; i++) {
      signs(1, 10);
      assertThat(patience.isAtAnEnd(seldom, now)).isFalse();
    }
    patience.heard(seldom, now);
    assertEndsAfter(LEAST);
    assertThat(patience.isAtAnEnd(seldom, now + LEAST + MILLI)).isTrue();
  }

  @Test
  void nobodyIsSilentBeforeASessionWaits() {
    signs(2_000, 10);
    now += 10_000 * MILLI;
    assertThat(patience.isAtAnEnd(now, now + LEAST - MILLI)).isFalse();
    patience.heard(now, now + MILLI);
    now += MILLI;
    assertEndsAfter(LEAST);
  }
}
