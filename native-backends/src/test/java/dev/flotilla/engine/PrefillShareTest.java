package dev.flotilla.engine;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class PrefillShareTest {

  @Test
  void dividesEvenlyAndGivesOnWhatShortPromptsLeave() {
    assertThat(PrefillShare.divide(100, new int[] {10, 500, 500})).containsExactly(10, 45, 45);
    assertThat(PrefillShare.divide(100, new int[] {30, 30})).containsExactly(30, 30);
    assertThat(PrefillShare.divide(1, new int[] {5, 5, 5})).containsExactly(1, 0, 0);
    assertThat(PrefillShare.divide(0, new int[] {5})).containsExactly(0);
    assertThat(PrefillShare.divide(7, new int[] {})).isEmpty();
  }

  @Test
  void readsPromptsAtOnceWhereNothingGenerates() {
    PrefillShare share = new PrefillShare(512);
    assertThat(share.tokens(false)).isEqualTo(64);
    share.prefilled(64, 6_400_000, false);
    assertThat(share.tokens(false)).isEqualTo(512);
  }

  @Test
  void boundsTheSliceByTimeOnSlowMachines() {
    PrefillShare share = new PrefillShare(512);
    share.prefilled(64, 1_280_000_000, false);
    assertThat(share.tokens(false)).isEqualTo(300);
    share.decoded(10_000_000_000L);
    assertThat(share.tokens(true)).isEqualTo(16);
  }

  @Test
  void promptsGetTheirTurnHoweverSlowTheMachineIs() {
    PrefillShare share = new PrefillShare(512);
    share.prefilled(64, 64_000_000_000L, false);
    int steps = 0;
    while (share.tokens(true) == 0 && steps < 1000) {
      share.decoded(1_000_000_000);
      steps++;
    }
    // A slice of 16 s, in exchange for 0.54 s for each second of generation.
    assertThat(steps).isEqualTo(30);
    assertThat(share.tokens(true)).isEqualTo(16);
  }

  @Test
  void generationEarnsPromptsTheirTurn() {
    PrefillShare share = new PrefillShare(512);
    share.prefilled(100, 100_000_000, false);
    assertThat(share.tokens(true)).isZero();
    share.decoded(100_000_000);
    assertThat(share.tokens(true)).isZero();
    share.decoded(400_000_000);
    int slice = share.tokens(true);
    assertThat(slice).isEqualTo(200);
    share.prefilled(slice, 200_000_000, true);
    assertThat(share.tokens(true)).isZero();
  }
}
