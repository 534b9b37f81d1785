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
  void lendsShortPromptsTimeBetweenStepsOfGeneration() {
    PrefillShare share = new PrefillShare(512);
    share.prefilled(100, 1_000_000_000, false);
    assertThat(share.lent(40)).isZero();
    share.decoded(1, 50_000_000, true);
    assertThat(share.lent(40)).isEqualTo(20);
    assertThat(share.lent(5)).isEqualTo(5);
    share.prefilled(20, 200_000_000, true);
    assertThat(share.lent(20)).isZero();
  }

  @Test
  void lendsNoMoreThanIsGivenBack() {
    PrefillShare share = new PrefillShare(512);
    share.prefilled(100, 1_000_000_000, false);
    int lent = 0;
    for (int i = 0; i < 100; i++) {
      share.decoded(1, 50_000_000, true);
      int tokens = share.lent(100);
      share.prefilled(Math.max(1, tokens), Math.max(1, tokens) * 10_000_000L, true);
      lent += tokens;
    }
    // 6 s of debt, and what a hundred steps earn.
    assertThat(lent).isBetween(700, 870);
    for (int i = 0; i < 300; i++) {
      share.decoded(1, 50_000_000, false);
    }
    share.decoded(1, 50_000_000, true);
    assertThat(share.lent(100)).isEqualTo(20);
  }

  @Test
  void generationKeepsHalfOfItsRateHoweverSlowItsStepsBecome() {
    PrefillShare share = new PrefillShare(512);
    share.prefilled(100, 1_000_000_000, false);
    share.decoded(1, 50_000_000, false);
    assertThat(rateKept(share, 50_000_000, 70_000_000)).isBetween(0.52, 0.54);
  }

  @Test
  void generationKeepsHalfOfItsRateThoughThePromptsArrivalHeldItUp() {
    PrefillShare share = new PrefillShare(512);
    share.prefilled(100, 1_000_000_000, false);
    for (int i = 0; i < 100; i++) {
      share.decoded(1, 50_000_000, false);
    }
    for (int i = 0; i < 5; i++) {
      share.decoded(1, 100_000_000, false);
    }
    assertThat(rateKept(share, 50_000_000, 50_000_000)).isBetween(0.48, 0.54);
  }

  /** What is left of the rate of steps that are so long by themselves, and beside a prompt. */
  private static double rateKept(PrefillShare share, long aloneNanos, long besideNanos) {
    long prompts = 0;
    for (int i = 0; i < 1000; i++) {
      share.decoded(1, besideNanos, true);
      int tokens = share.tokens(true);
      if (tokens > 0) {
        share.prefilled(tokens, tokens * 10_000_000L, true);
        prompts += tokens * 10_000_000L;
      }
    }
    return 1000.0 * aloneNanos / (1000 * besideNanos + prompts);
  }

  @Test
  void readsPromptsAtOnceWhereNothingGenerates() {
    PrefillShare share = new PrefillShare(512);
    assertThat(share.tokens(false)).isEqualTo(64);
    share.prefilled(64, 6_400_000, false);
    assertThat(share.tokens(false)).isEqualTo(512);
  }

  @Test
  void readsAtLeastWhatAttentionIsQuickForIfThatIsASecondAtMost() {
    assertThat(sliceBesideGeneration(1_000_000)).isEqualTo(200);
    assertThat(sliceBesideGeneration(5_000_000)).isEqualTo(64);
    assertThat(sliceBesideGeneration(15_000_000)).isEqualTo(64);
    assertThat(sliceBesideGeneration(16_000_000)).isEqualTo(16);
    assertThat(sliceBesideGeneration(100_000_000)).isEqualTo(16);
  }

  private static int sliceBesideGeneration(long nanosPerToken) {
    PrefillShare share = new PrefillShare(512);
    share.prefilled(100, 100 * nanosPerToken, false);
    share.decoded(1, 10_000_000_000L, true);
    return share.tokens(true);
  }

  @Test
  void boundsTheSliceByTimeOnSlowMachines() {
    PrefillShare share = new PrefillShare(512);
    share.prefilled(64, 1_280_000_000, false);
    assertThat(share.tokens(false)).isEqualTo(300);
    share.decoded(1, 10_000_000_000L, true);
    assertThat(share.tokens(true)).isEqualTo(16);
  }

  @Test
  void promptsGetTheirTurnHoweverSlowTheMachineIs() {
    PrefillShare share = new PrefillShare(512);
    share.prefilled(64, 64_000_000_000L, false);
    int steps = 0;
    while (share.tokens(true) == 0 && steps < 1000) {
      share.decoded(1, 1_000_000_000, true);
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
    share.decoded(1, 100_000_000, true);
    assertThat(share.tokens(true)).isZero();
    share.decoded(1, 400_000_000, true);
    int slice = share.tokens(true);
    assertThat(slice).isEqualTo(200);
    share.prefilled(slice, 200_000_000, true);
    assertThat(share.tokens(true)).isZero();
  }
}
