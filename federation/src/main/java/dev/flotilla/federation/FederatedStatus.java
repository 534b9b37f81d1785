package dev.flotilla.federation;

import dev.flotilla.sharding.PipelineStatus;
import dev.flotilla.sharding.PipelineStatus.State;
import java.util.List;
import java.util.Optional;

/** What the replicas of a model are together. */
final class FederatedStatus {
  private FederatedStatus() {}

  /** The sums over those that serve, and the state of the best. */
  static PipelineStatus of(List<ReplicaAnnouncement> all) {
    List<ReplicaAnnouncement> ready =
        all.stream().filter(each -> each.state() == ReplicaAnnouncement.State.READY).toList();
    State state = state(all);
    return new PipelineStatus(
        state,
        state == State.READY ? Optional.empty() : Optional.of("no replica is ready"),
        state == State.READY ? 1 : 0,
        ready.stream().mapToInt(ReplicaAnnouncement::slots).sum(),
        ready.stream().mapToInt(ReplicaAnnouncement::running).sum(),
        ready.stream().mapToInt(ReplicaAnnouncement::queued).sum(),
        ready.stream().mapToInt(ReplicaAnnouncement::queueLimit).sum(),
        ready.stream().mapToInt(ReplicaAnnouncement::contextTokens).min().orElse(0),
        0,
        0,
        0);
  }

  private static State state(List<ReplicaAnnouncement> all) {
    List<ReplicaAnnouncement.State> states = all.stream().map(ReplicaAnnouncement::state).toList();
    if (states.contains(ReplicaAnnouncement.State.READY)) {
      return State.READY;
    }
    if (states.contains(ReplicaAnnouncement.State.LOADING)) {
      return State.LOADING;
    }
    return states.contains(ReplicaAnnouncement.State.DRAINING) ? State.DRAINING : State.FAILED;
  }
}
