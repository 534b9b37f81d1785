package dev.flotilla.federation.state;

import static dev.flotilla.federation.state.States.A;
import static dev.flotilla.federation.state.States.B;
import static dev.flotilla.federation.state.States.MODEL;
import static dev.flotilla.federation.state.States.at;
import static dev.flotilla.federation.state.States.placement;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.flotilla.federation.state.Command.Request;
import dev.flotilla.federation.state.Outcome.Refusal;
import java.util.List;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

class DecisionTest {
  private static final Placement SPLIT = placement("p", at(A, 0, 3, 60), at(B, 3, 4, 50));

  private static SwarmState after(SwarmState state, Command command) {
    Decision decision = decided(state, command);
    assertThat(decision).isInstanceOf(Decision.Accepted.class);
    return state.apply(
        States.entry(state, ((Decision.Accepted) decision).events().toArray(Event[]::new)));
  }

  private static Decision decided(SwarmState state, Command command) {
    return Decision.of(state, new Request("new", command));
  }

  private static void assertRefused(SwarmState state, Command command, Refusal refusal) {
    assertThat(decided(state, command))
        .isInstanceOfSatisfying(
            Decision.Refused.class, refused -> assertThat(refused.refusal()).isEqualTo(refusal));
  }

  private static void assertNoChange(SwarmState state, Command command) {
    assertThat(decided(state, command)).isEqualTo(new Decision.Accepted(List.of()));
  }

  @Test
  void placesWhatTheNodesHaveRoomFor() {
    SwarmState state = after(States.usual(), new Command.Place(SPLIT));
    assertThat(state.placements()).containsEntry("p", SPLIT);
    assertThat(state.placedBytes("a")).isEqualTo(60);

    assertRefused(
        state, new Command.Place(placement("q", at(A, 0, 4, 41))), Refusal.OVER_COMMITTED);
    SwarmState other = after(state, new Command.AddModel(new ModelEntry("other", 4, 1, "digest")));
    SwarmState full =
        after(
            other,
            new Command.Place(
                new Placement(
                    "q", "other", List.of(at(A, 0, 4, 40)), false, Placement.Status.PLACED, "")));
    assertThat(full.placedBytes("a")).isEqualTo(A.lentBytes());
    SwarmState room = after(full, new Command.Unplace("p"));
    assertThat(room.placedBytes("a")).isEqualTo(40);
  }

  @Test
  void refusesPlacementsThatMakeNoPipeline() {
    SwarmState state = States.usual();
    Refusal invalid = Refusal.INVALID_STAGES;
    assertRefused(state, new Command.Place(placement("p", at(A, 0, 3, 1))), invalid);
    assertRefused(state, new Command.Place(placement("p", at(A, 1, 4, 1))), invalid);
    assertRefused(
        state, new Command.Place(placement("p", at(A, 0, 2, 1), at(A, 2, 4, 1))), invalid);
    assertRefused(
        state, new Command.Place(placement("p", at(A, 0, 2, 1), at(B, 3, 4, 1))), invalid);
    Member unknown = new Member("c", "c", "worker", true, 100);
    assertRefused(
        state, new Command.Place(placement("p", at(unknown, 0, 4, 1))), Refusal.UNKNOWN_NODE);
    assertRefused(
        States.of(new Event.MemberJoined(A)),
        new Command.Place(placement("p", at(A, 0, 4, 1))),
        Refusal.UNKNOWN_MODEL);
    SwarmState placed = after(state, new Command.Place(SPLIT));
    assertRefused(placed, new Command.Place(SPLIT), Refusal.ALREADY_EXISTS);
    // A node can't drive two pipelines of one model: nothing could tell them apart.
    assertRefused(
        placed, new Command.Place(placement("q", at(A, 0, 4, 1))), Refusal.ALREADY_EXISTS);
  }

  @Test
  void keepsAPipelineWhoseNodeIsRemoved() {
    SwarmState state = after(States.usual(), new Command.Place(SPLIT));
    SwarmState without = after(state, new Command.RemoveMember("b"));
    assertThat(without.members()).containsOnlyKeys("a");
    assertThat(without.placements()).containsEntry("p", SPLIT);
  }

  @Test
  void whatIsSoAlreadyChangesNothing() {
    SwarmState state = States.usual();
    assertNoChange(state, new Command.AdmitMember(A));
    assertNoChange(state, new Command.RemoveMember("unknown"));
    assertNoChange(state, new Command.AddModel(MODEL));
    assertNoChange(state, new Command.PinModel("model", false));
    SwarmState pinned = after(state, new Command.PinModel("model", true));
    assertThat(pinned.pinnedModels()).containsExactly("model");
    assertNoChange(pinned, new Command.PinModel("model", true));
    SwarmState placed = after(pinned, new Command.Place(SPLIT));
    assertNoChange(placed, new Command.ReportStatus("p", Placement.Status.PLACED, ""));
    SwarmState ready = after(placed, new Command.ReportStatus("p", Placement.Status.READY, ""));
    assertThat(ready.placements().values())
        .extracting(Placement::status)
        .containsExactly(Placement.Status.READY);
  }

  @Test
  void forgetsAModelWithAllThatIsSaidOfIt() {
    SwarmState state =
        after(
            after(States.usual(), new Command.PinModel("model", true)),
            new Command.WantReplicas("model", new ReplicaCount(1, 2)));
    SwarmState placed = after(state, new Command.Place(SPLIT));
    assertRefused(placed, new Command.RemoveModel("model"), Refusal.IN_USE);
    SwarmState without = after(state, new Command.RemoveModel("model"));
    assertThat(without.models()).isEmpty();
    assertThat(without.pinnedModels()).isEmpty();
    assertThat(without.replicas()).isEmpty();
  }

  @Test
  void refusesWhatIsMadeForAnotherEpoch() {
    SwarmState state = States.usual();
    Command place = new Command.Place(SPLIT);
    long epoch = state.epoch();
    for (long other : new long[] {epoch - 1, epoch + 1, Long.MIN_VALUE, Long.MAX_VALUE}) {
      assertThat(Decision.of(state, new Request("c", OptionalLong.of(other), place)))
          .isInstanceOfSatisfying(
              Decision.Refused.class,
              refused -> assertThat(refused.refusal()).isEqualTo(Refusal.WRONG_EPOCH));
    }
    assertThat(Decision.of(state, new Request("c", OptionalLong.of(epoch), place)))
        .isEqualTo(decided(state, place));
  }

  @Test
  void whatWasCarriedOutIsDoneInEveryEpoch() {
    SwarmState state = States.usual();
    Request place = new Request("c", OptionalLong.of(state.epoch()), new Command.Place(SPLIT));
    LogEntry entry =
        new LogEntry(
            state.epoch(),
            state.leaderId(),
            state.index() + 1,
            state.hash(),
            "c",
            List.of(new Event.PipelinePlaced(SPLIT)));
    SwarmState placed = state.apply(entry);
    SwarmState later =
        placed.apply(
            new LogEntry(
                state.epoch() + 1,
                "b",
                placed.index() + 1,
                placed.hash(),
                "",
                List.of(new Event.LeaderElected())));
    assertThat(Decision.of(placed, place)).isEqualTo(new Decision.Accepted(List.of()));
    assertThat(Decision.of(later, place)).isEqualTo(new Decision.Accepted(List.of()));
  }

  @Test
  void refusesWhatIsUnknown() {
    SwarmState state = States.usual();
    assertRefused(state, new Command.Unplace("p"), Refusal.UNKNOWN_PIPELINE);
    assertRefused(
        state, new Command.ReportStatus("p", Placement.Status.READY, ""), Refusal.UNKNOWN_PIPELINE);
    assertRefused(state, new Command.RemoveModel("other"), Refusal.UNKNOWN_MODEL);
    assertRefused(state, new Command.PinModel("other", true), Refusal.UNKNOWN_MODEL);
    assertRefused(
        state,
        new Command.AddModel(new ModelEntry("model", 5, 1000, "other")),
        Refusal.ALREADY_EXISTS);
  }

  @Test
  void appliesOnlyTheNextEntry() {
    SwarmState state = States.usual();
    LogEntry next = States.entry(state, new Event.MemberLeft("b"));
    assertThat(state.isFollowedBy(next)).isTrue();
    SwarmState further = state.apply(next);
    assertThat(further.index()).isEqualTo(state.index() + 1);
    assertThatThrownBy(() -> further.apply(next)).isInstanceOf(IllegalArgumentException.class);

    LogEntry sibling = States.entry(state, new Event.MemberLeft("a"));
    LogEntry nephew = States.entry(state.apply(sibling), new Event.MemberJoined(B));
    assertThat(further.isFollowedBy(nephew)).as("another history").isFalse();
  }

  @Test
  void remembersRecentCommandsUpToALimit() {
    SwarmState state = States.usual();
    for (int i = 0; i < Limits.RECENT_COMMANDS + 3; i++) {
      state =
          state.apply(new LogEntry(1, "a", state.index() + 1, state.hash(), "c" + i, List.of()));
    }
    assertThat(state.recentCommands()).hasSize(Limits.RECENT_COMMANDS).startsWith("c3");
  }

  @Test
  void aQuorumSharesANodeWithEveryOther() {
    List<String> four = List.of("a", "b", "c", "d");
    Quorum majority = new Quorum(false);
    assertThat(majority.isMet(List.of("a", "b", "c"), four)).isTrue();
    assertThat(majority.isMet(List.of("a", "b"), four)).isFalse();
    assertThat(majority.isMet(List.of("a", "x", "y", "z"), four)).isFalse();
    assertThat(majority.isMet(List.of("a"), List.of())).isFalse();
    Quorum half = new Quorum(true);
    assertThat(half.isMet(List.of("a"), List.of("a", "b"))).isTrue();
    assertThat(half.isMet(List.of("b"), List.of("a", "b"))).isFalse();
    assertThat(half.isMet(List.of("b", "c"), four)).isFalse();
  }
}
