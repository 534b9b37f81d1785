package dev.flotilla.node.instances;

import static org.assertj.core.api.Assertions.assertThat;

import dev.flotilla.federation.state.Command;
import dev.flotilla.federation.state.Placement;
import dev.flotilla.federation.state.Placement.Status;
import dev.flotilla.federation.state.Replacement;
import dev.flotilla.node.placement.Change;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** A pipeline that would always do better elsewhere. */
class ChangeJudgesTest {
  private static final Placement RUNS =
      Views.placement("p", Views.MODEL, Status.READY, Views.id('a'));
  private static final Placement BUILDS =
      RUNS.with(new Replacement("next", RUNS.stages(), "it is faster"));
  private static final Change BETTER = new Change.Recut(List.of(), 2);
  private static final int LOOK_SECONDS = 10;

  private final ChangeJudges judges = new ChangeJudges();
  private long seconds;

  private void observe(Placement placement) {
    judges.observe(
        Views.state(List.of(), List.of(), List.of(placement)), TimeUnit.SECONDS.toNanos(seconds));
  }

  /** How long it takes from now until it may change. */
  private long secondsUntilDue() {
    long began = seconds;
    while (judges
        .judge("p")
        .orElseThrow()
        .judge(List.of(BETTER), TimeUnit.SECONDS.toNanos(seconds))
        .isEmpty()) {
      assertThat(seconds - began).isLessThan(10_000);
      seconds += LOOK_SECONDS;
    }
    return seconds - began;
  }

  @Test
  void afterAReplacementItRests() {
    observe(RUNS);
    assertThat(secondsUntilDue()).isEqualTo(60);
    observe(BUILDS);
    seconds += 30;
    observe(BUILDS.replaced());
    assertThat(secondsUntilDue()).as("five minutes of rest").isEqualTo(300);
  }

  @Test
  void whoOnlyHeardOfAChangeRestsToo() {
    observe(BUILDS);
    observe(BUILDS.replaced());
    assertThat(secondsUntilDue()).isEqualTo(300);
  }

  @Test
  void whatCouldNotBeIsTriedLessAndLessOften() {
    observe(BUILDS);
    observe(RUNS);
    assertThat(secondsUntilDue()).isEqualTo(600);
    observe(BUILDS);
    observe(RUNS);
    assertThat(secondsUntilDue()).isEqualTo(1_200);
    observe(BUILDS);
    observe(BUILDS.replaced());
    assertThat(secondsUntilDue()).as("it was possible after all").isEqualTo(300);
  }

  @Test
  void whatIsTakenDownIsForgotten() {
    observe(BUILDS);
    judges.observe(Views.state(List.of(), List.of(), List.of()), 0);
    assertThat(judges.judge("p")).isEmpty();
  }

  @Test
  void whatDoesNotPayAnyMoreIsGivenUp() {
    Command.TakeOver takeOver = new Command.TakeOver("p", "next");
    assertThat(RebalanceVerticle.verdict(takeOver, Optional.of(1.3))).isEqualTo(takeOver);
    assertThat(RebalanceVerticle.verdict(takeOver, Optional.empty())).isEqualTo(takeOver);
    for (double slower : new double[] {1, 0.5, Double.NaN}) {
      assertThat(RebalanceVerticle.verdict(takeOver, Optional.of(slower)))
          .isInstanceOf(Command.DropReplacement.class);
    }
  }
}
