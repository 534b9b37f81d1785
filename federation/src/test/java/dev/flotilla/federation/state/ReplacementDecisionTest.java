package dev.flotilla.federation.state;

import static dev.flotilla.federation.state.States.A;
import static dev.flotilla.federation.state.States.B;
import static dev.flotilla.federation.state.States.at;
import static org.assertj.core.api.Assertions.assertThat;

import dev.flotilla.federation.state.Command.Request;
import dev.flotilla.federation.state.Outcome.Refusal;
import dev.flotilla.federation.state.Placement.Status;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** A lends 100 bytes, B lends 50. */
class ReplacementDecisionTest {
  private static final Placement PLANNED =
      States.placement("p", at(A, 0, 4, 60)).with(Optional.of(States.ANYWHERE));

  private static final Replacement NEXT =
      new Replacement("next", List.of(at(A, 0, 1, 20), at(B, 1, 4, 40)), "it is faster");

  private static SwarmState after(SwarmState state, Command... commands) {
    SwarmState now = state;
    for (Command command : commands) {
      Decision.Accepted accepted =
          (Decision.Accepted) Decision.of(now, new Request("c" + now.index(), command));
      now = now.apply(States.entry(now, accepted.events().toArray(Event[]::new)));
    }
    return now;
  }

  private static SwarmState placed() {
    return after(States.usual(), new Command.Place(PLANNED));
  }

  private static SwarmState replacing() {
    return after(placed(), new Command.Replace("p", NEXT));
  }

  private static Command report(String build, Status status) {
    return new Command.ReportStatus("p", build, status, "");
  }

  private static Placement pipeline(SwarmState state) {
    return Optional.ofNullable(state.placements().get("p")).orElseThrow();
  }

  private static void assertRefused(SwarmState state, Command command, Refusal refusal) {
    assertThat(Decision.of(state, new Request("c", command)))
        .isInstanceOfSatisfying(
            Decision.Refused.class, refused -> assertThat(refused.refusal()).isEqualTo(refusal));
  }

  private static void assertNoChange(SwarmState state, Command command) {
    assertThat(Decision.of(state, new Request("c", command)))
        .isEqualTo(new Decision.Accepted(List.of()));
  }

  @Test
  void whatIsBuiltBesideTakesItsMemoryAndLeavesThePipelineAsItIs() {
    SwarmState state = after(replacing(), report("p", Status.READY));
    assertThat(state.placedBytes("a")).isEqualTo(80);
    assertThat(state.placedBytes("b")).isEqualTo(40);
    assertThat(pipeline(state).stages()).isEqualTo(PLANNED.stages());
    assertThat(pipeline(state).status()).isEqualTo(Status.READY);
    assertThat(pipeline(state).replacement()).contains(NEXT);
  }

  @Test
  void onlyWhatIsReadyTakesThePlaceAndTheInstanceKeepsItsName() {
    Command takeOver = new Command.TakeOver("p", "next");
    assertRefused(replacing(), takeOver, Refusal.IN_USE);
    assertRefused(placed(), takeOver, Refusal.IN_USE);
    SwarmState ready = after(replacing(), report("next", Status.READY));
    assertThat(pipeline(ready).status())
        .as("it says nothing of what serves")
        .isEqualTo(Status.PLACED);

    SwarmState done = after(ready, takeOver);
    assertThat(pipeline(done).buildId()).isEqualTo("next");
    assertThat(pipeline(done).stages()).isEqualTo(NEXT.stages());
    assertThat(pipeline(done).status()).isEqualTo(Status.READY);
    assertThat(pipeline(done).terms()).isEqualTo(PLANNED.terms());
    assertThat(pipeline(done).replacement()).isEmpty();
    assertThat(done.placedBytes("a")).isEqualTo(20);
    assertNoChange(done, takeOver);
    assertRefused(done, report("p", Status.FAILED), Refusal.UNKNOWN_PIPELINE);
    assertRefused(done, new Command.Replace("p", NEXT), Refusal.ALREADY_EXISTS);
  }

  @Test
  void whatIsGivenUpLeavesNothing() {
    SwarmState failed = after(replacing(), report("next", Status.FAILED));
    Command drop = new Command.DropReplacement("p", "next", "it can't be");
    SwarmState dropped = after(failed, drop);
    assertThat(pipeline(dropped)).isEqualTo(pipeline(placed()));
    assertNoChange(dropped, drop);
    assertNoChange(replacing(), new Command.DropReplacement("p", "another", ""));
    assertRefused(dropped, report("next", Status.READY), Refusal.UNKNOWN_PIPELINE);
  }

  @Test
  void whatIsTakenDownIsTakenDownWithWhatIsBuiltBesideIt() {
    SwarmState gone = after(replacing(), new Command.Unplace("p"));
    assertThat(gone.placements()).isEmpty();
    assertRefused(gone, report("next", Status.READY), Refusal.UNKNOWN_PIPELINE);
    assertRefused(gone, new Command.TakeOver("p", "next"), Refusal.UNKNOWN_PIPELINE);
    assertRefused(gone, new Command.DropReplacement("p", "next", ""), Refusal.UNKNOWN_PIPELINE);
  }

  @Test
  void refusesWhatCanNotBeBuiltBeside() {
    SwarmState fixed =
        after(States.usual(), new Command.Place(States.placement("p", at(A, 0, 4, 60))));
    assertRefused(fixed, new Command.Replace("p", NEXT), Refusal.IN_USE);
    assertRefused(States.usual(), new Command.Replace("p", NEXT), Refusal.UNKNOWN_PIPELINE);
    assertRefused(replacing(), new Command.Replace("p", NEXT), Refusal.ALREADY_EXISTS);
    assertRefused(
        placed(),
        new Command.Replace("p", new Replacement("next", List.of(at(A, 0, 4, 41)), "")),
        Refusal.OVER_COMMITTED);
    assertRefused(
        placed(),
        new Command.Replace("p", new Replacement("next", List.of(at(A, 0, 3, 1)), "")),
        Refusal.INVALID_STAGES);
  }

  @Test
  void aNodeThatIsToDriveAPipelineDrivesNoOtherOfItsModel() {
    Placement other = States.placement("q", at(B, 0, 4, 1)).with(Optional.of(States.ANYWHERE));
    Command toB = new Command.Replace("p", new Replacement("next", List.of(at(B, 0, 4, 1)), ""));
    assertRefused(after(placed(), toB), new Command.Place(other), Refusal.ALREADY_EXISTS);
    assertRefused(after(placed(), new Command.Place(other)), toB, Refusal.ALREADY_EXISTS);
  }

  @Test
  void aReplacementIsBroughtToAnEnd() {
    Replacements replacements = new Replacements(1_000, 100);
    Set<String> all = Set.of("a", "b");
    assertThat(replacements.due(placed(), all, 0)).isEmpty();
    assertThat(replacements.due(replacing(), all, 0)).isEmpty();
    assertThat(replacements.due(replacing(), all, 999)).isEmpty();
    assertThat(replacements.due(replacing(), all, 1_000))
        .containsExactly(new Command.DropReplacement("p", "next", "it takes too long"));

    Replacements later = new Replacements(1_000, 100);
    SwarmState ready = after(replacing(), report("next", Status.READY));
    Command takeOver = new Command.TakeOver("p", "next");
    assertThat(later.due(ready, all, 1)).containsExactly(takeOver);
    assertThat(later.due(ready, Set.of("a"), 2)).as("what was ready may be lost").isEmpty();
    assertThat(later.due(ready, Set.of("a"), 101))
        .containsExactly(new Command.DropReplacement("p", "next", "nodes of it are away: b"));
    assertThat(later.due(ready, all, 102)).containsExactly(takeOver);

    SwarmState failed =
        after(replacing(), new Command.ReportStatus("p", "next", Status.FAILED, "no disk"));
    assertThat(new Replacements(1_000, 100).due(failed, all, 0))
        .containsExactly(new Command.DropReplacement("p", "next", "no disk"));
  }
}
