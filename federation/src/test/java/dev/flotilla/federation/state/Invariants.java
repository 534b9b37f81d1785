package dev.flotilla.federation.state;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** What must never happen. */
final class Invariants {
  private final Map<Long, String> leaderOfEpoch = new HashMap<>();
  private final Map<String, Long> epochOfCommand = new HashMap<>();
  private final Map<Long, Long> hashOfIndex = new HashMap<>();
  private final Map<Long, SwarmState> stateOfIndex = new HashMap<>();
  private final Map<String, Long> reached = new HashMap<>();
  private int takenOver;

  /** Of what a leader lets others see: one that crashed before that has led nobody. */
  void checkLeader(LogEntry entry, String nodeId) {
    if (entry.leaderId().equals(nodeId)) {
      String leader = leaderOfEpoch.putIfAbsent(entry.epoch(), nodeId);
      assertThat(leader).as("leader of epoch %d", entry.epoch()).isIn(null, nodeId);
    }
  }

  /** Notes a command that is for one epoch. */
  void asked(String commandId, long epoch) {
    epochOfCommand.put(commandId, epoch);
  }

  /** A command that was made for an epoch is decided in no other. */
  void checkEpoch(LogEntry entry) {
    Long epoch = epochOfCommand.get(entry.commandId());
    assertThat(epoch).as("epoch of %s", entry.commandId()).isIn(null, entry.epoch());
  }

  void checkCommitted(String nodeId, int life, SwarmState state) {
    Long hash = hashOfIndex.putIfAbsent(state.index(), state.hash());
    assertThat(hash).as("history at %d", state.index()).isIn(null, state.hash());
    SwarmState known = stateOfIndex.putIfAbsent(state.index(), state);
    if (known == null) {
      for (Member member : state.members().values()) {
        assertThat(state.placedBytes(member.nodeId()))
            .as("memory of %s at %d", member.nodeId(), state.index())
            .isLessThanOrEqualTo(member.lentBytes());
      }
      assertThat(state.recentCommands()).as("commands once").doesNotHaveDuplicates();
      checkReplacements(state);
    } else {
      assertThat(state).as("state at %d", state.index()).isEqualTo(known);
    }
    // Within a life: what was agreed on just before a crash may have to be heard of again.
    String key = nodeId + "/" + life;
    Long before = reached.put(key, state.index());
    assertThat(before == null || before <= state.index())
        .as("%s went back from %s to %d", nodeId, before, state.index())
        .isTrue();
  }

  /** What takes a place was ready, and no node drives two pipelines of a model. */
  private void checkReplacements(SwarmState state) {
    SwarmState before = stateOfIndex.get(state.index() - 1);
    for (Placement placement : state.placements().values()) {
      Placement old = before == null ? null : before.placements().get(placement.pipelineId());
      if (old != null && !old.buildId().equals(placement.buildId())) {
        takenOver++;
        assertThat(old.replaced()).as("at %d", state.index()).isEqualTo(placement);
        assertThat(placement.status()).isEqualTo(Placement.Status.READY);
      }
      for (String head : heads(placement)) {
        assertThat(state.isDriving(head, placement.modelId(), placement.pipelineId()))
            .as("two pipelines of %s at %s", placement.modelId(), head)
            .isFalse();
      }
    }
  }

  private static List<String> heads(Placement placement) {
    List<String> heads = new ArrayList<>(List.of(placement.head()));
    placement.replacement().ifPresent(next -> heads.add(next.head()));
    return heads;
  }

  int takenOver() {
    return takenOver;
  }

  int indexes() {
    return hashOfIndex.size();
  }

  List<Long> epochs() {
    return new ArrayList<>(leaderOfEpoch.keySet());
  }
}
