package dev.flotilla.federation;

import dev.flotilla.sharding.PipelineStatus;
import dev.flotilla.sharding.PipelineStatus.State;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** What the replicas of a model are together. */
final class FederatedStatus {
  private FederatedStatus() {}

  /** The sums over those that serve, and the state of the best. Asked for with each request. */
  static PipelineStatus of(List<ReplicaAnnouncement> all) {
    EnumSet<ReplicaAnnouncement.State> states = EnumSet.noneOf(ReplicaAnnouncement.State.class);
    int slots = 0;
    int running = 0;
    int queued = 0;
    int queueLimit = 0;
    int contextTokens = 0;
    for (ReplicaAnnouncement each : all) {
      states.add(each.state());
      if (each.state() == ReplicaAnnouncement.State.READY) {
        contextTokens =
            slots == 0 ? each.contextTokens() : Math.min(contextTokens, each.contextTokens());
        slots += each.slots();
        running += each.running();
        queued += each.queued();
        queueLimit += each.queueLimit();
      }
    }
    State state = best(states);
    return new PipelineStatus(
        state,
        state == State.READY ? Optional.empty() : Optional.of("no replica is ready"),
        state == State.READY ? 1 : 0,
        slots,
        running,
        queued,
        queueLimit,
        contextTokens,
        0,
        0,
        0);
  }

  private static State best(Set<ReplicaAnnouncement.State> states) {
    if (states.contains(ReplicaAnnouncement.State.READY)) {
      return State.READY;
    }
    if (states.contains(ReplicaAnnouncement.State.LOADING)) {
      return State.LOADING;
    }
    return states.contains(ReplicaAnnouncement.State.DRAINING) ? State.DRAINING : State.FAILED;
  }
}
