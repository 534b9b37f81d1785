package dev.flotilla.engine;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class DraftPolicyTest {
  private static final long MILLI = 1_000_000;

  /** A step takes 30 ms, over slow links, and a row one more. */
  private static final StepCost SLOW_LINKS = cost(30 * MILLI, MILLI);

  /** A step is one row's computing, and another row as much again. */
  private static final StepCost ALL_COMPUTING = cost(10 * MILLI, 10 * MILLI);

  @Test
  void nothingIsDraftedBeforeAStepWasMeasured() {
    assertThat(DraftPolicy.NEW.length(StepCost.UNKNOWN, 1, 15)).isZero();
    StepCost plain = StepCost.UNKNOWN.took(0, 10 * MILLI);
    assertThat(DraftPolicy.NEW.length(plain, 1, 15)).isEqualTo(1);
  }

  @Test
  void lengthFollowsWhatIsAccepted() {
    DraftPolicy good = DraftPolicy.NEW;
    DraftPolicy bad = DraftPolicy.NEW;
    for (int i = 0; i < 20; i++) {
      good = good.verified(8, 8);
      bad = bad.verified(8, 0);
    }
    assertThat(good.length(SLOW_LINKS, 1, 15)).isEqualTo(15);
    assertThat(good.length(SLOW_LINKS, 1, 4)).isEqualTo(4);
    assertThat(good.length(SLOW_LINKS, 1, 0)).isZero();
    assertThat(DraftPolicy.NEW.length(SLOW_LINKS, 1, 15)).isBetween(2, 6);
    assertThat(bad.length(SLOW_LINKS, 1, 15)).isZero();
  }

  @Test
  void draftsThatCostAsMuchAsTheyGiveAreNotSent() {
    DraftPolicy policy = DraftPolicy.NEW;
    for (int i = 0; i < 20; i++) {
      policy = policy.verified(2, 2);
    }
    assertThat(policy.length(ALL_COMPUTING, 1, 15)).isZero();
  }

  @Test
  void whatDelaysManySessionsMustGiveMore() {
    StepCost cost = cost(30 * MILLI, 5 * MILLI);
    DraftPolicy policy = DraftPolicy.NEW.verified(4, 3).verified(4, 4);
    assertThat(policy.length(cost, 1, 15)).isPositive();
    assertThat(policy.length(cost, 16, 15)).isZero();
  }

  @Test
  void whatWasOffIsTriedAgain() {
    DraftPolicy off = DraftPolicy.NEW;
    int passed = 0;
    while (off.length(ALL_COMPUTING, 1, 15) == 0) {
      off = off.passed();
      assertThat(++passed).isLessThanOrEqualTo(64);
    }
    assertThat(off.length(ALL_COMPUTING, 1, 15)).isBetween(1, 3);
    assertThat(off.verified(2, 0).length(ALL_COMPUTING, 1, 15)).isZero();
  }

  @Test
  void onlyWhatStoodBeforeTheFirstMistakeWasTested() {
    DraftPolicy wrong = DraftPolicy.NEW.verified(15, 0);
    assertThat(wrong).isEqualTo(DraftPolicy.NEW.verified(1, 0));
  }

  @Test
  void aStepWithoutDraftsIsMeasuredNowAndThen() {
    StepCost cost = SLOW_LINKS;
    int steps = 0;
    while (!cost.plainIsDue()) {
      cost = cost.took(3, 33 * MILLI);
      assertThat(++steps).isLessThanOrEqualTo(100);
    }
    assertThat(steps).isGreaterThan(20);
    assertThat(cost.took(0, 30 * MILLI).plainIsDue()).isFalse();
  }

  @Test
  void stepsAreAveraged() {
    assertThat(SLOW_LINKS.nanos(0)).isEqualTo(30 * MILLI);
    assertThat(SLOW_LINKS.nanos(4)).isEqualTo(34 * MILLI);
    StepCost slower = SLOW_LINKS;
    for (int i = 0; i < 60; i++) {
      slower = slower.took(0, 50 * MILLI);
    }
    assertThat(slower.nanos(0)).isBetween(49.0 * MILLI, 50.0 * MILLI);
    StepCost lucky = SLOW_LINKS.took(2, 0);
    assertThat(lucky.nanos(8)).isGreaterThan(lucky.nanos(0));
  }

  private static StepCost cost(long plainNanos, long rowNanos) {
    return StepCost.UNKNOWN.took(0, plainNanos).took(1, plainNanos + rowNanos);
  }
}
