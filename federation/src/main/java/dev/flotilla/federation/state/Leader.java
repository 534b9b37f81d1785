package dev.flotilla.federation.state;

import dev.flotilla.federation.state.Command.Request;
import dev.flotilla.federation.state.Outcome.Refusal;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What a node does while it leads an epoch: it decides commands one after the other, and counts who
 * has its last entry on disk.
 */
final class Leader {

  /** A command, and the node that wants to know. */
  private record Asked(Request request, String nodeId) {}

  private final long epoch;
  private final String self;
  private final KeeperOptions options;
  private final History history;
  private final Outbox outbox;
  private final PendingCommands pending;

  /** Nodes that have the last entry on disk. */
  private final Set<String> acknowledged = new HashSet<>();

  /** Since when members were not seen. */
  private final Map<String, Long> awaySinceMillis = new HashMap<>();

  private final Deque<Asked> queue = new ArrayDeque<>();
  private Optional<Asked> inFlight = Optional.empty();
  private long appendedMillis;
  private long heartbeatMillis;

  /**
   * Who was just elected; its first entry says so, and in a new swarm admits all nodes in sight.
   *
   * @param pending commands of this node, to be answered here
   */
  Leader(
      long epoch,
      String self,
      KeeperOptions options,
      History history,
      Outbox outbox,
      PendingCommands pending,
      long now) {
    this.epoch = epoch;
    this.self = self;
    this.options = options;
    this.history = history;
    this.outbox = outbox;
    this.pending = pending;
    List<Event> events = new ArrayList<>(List.of(new Event.LeaderElected()));
    if (history.head().members().isEmpty()) {
      outbox.inSight().values().forEach(member -> events.add(new Event.MemberJoined(member)));
    }
    propose("", events, now);
  }

  long epoch() {
    return epoch;
  }

  /** Time has passed. */
  void tick(long now) {
    if (now - heartbeatMillis >= options.heartbeatMillis()) {
      heartbeat(now);
    }
    if (history.hasTail() && now - appendedMillis >= options.retryMillis()) {
      appendedMillis = now;
      outbox.add(new Action.Append(history.last()));
    }
    next(now);
  }

  private void heartbeat(long now) {
    heartbeatMillis = now;
    outbox.broadcast(
        new Message.Heartbeat(epoch, history.head().index(), history.committed().index()));
  }

  /** A node asks for something. */
  void asked(String from, Request request, long now) {
    if (knows(request.commandId())) {
      return;
    }
    Asked asked = new Asked(request, from);
    if (queue.size() >= options.maxPending()) {
      decided(asked, new Outcome.Refused(Refusal.OVERLOADED, "too many commands wait"));
      return;
    }
    queue.addLast(asked);
    next(now);
  }

  private boolean knows(String commandId) {
    return inFlight.stream().anyMatch(asked -> asked.request().commandId().equals(commandId))
        || queue.stream().anyMatch(asked -> asked.request().commandId().equals(commandId));
  }

  /** Decides what is next, until an entry is in flight. */
  void next(long now) {
    while (!history.hasTail()) {
      Optional<Event> change = memberChange(now);
      if (change.isPresent()) {
        propose("", List.of(change.get()), now);
        continue;
      }
      Asked asked = queue.pollFirst();
      if (asked == null) {
        return;
      }
      decide(asked, now);
    }
  }

  private void decide(Asked asked, long now) {
    SwarmState state = history.committed();
    switch (Decision.of(state, asked.request())) {
      case Decision.Refused(Refusal refusal, String detail) ->
          decided(asked, new Outcome.Refused(refusal, detail));
      case Decision.Accepted(List<Event> events) when events.isEmpty() ->
          decided(asked, new Outcome.Done(state.index()));
      case Decision.Accepted(List<Event> events) -> {
        inFlight = Optional.of(asked);
        propose(asked.request().commandId(), events, now);
      }
    }
  }

  /** Whom to admit or to remove, one at a time. */
  private Optional<Event> memberChange(long now) {
    Map<String, Member> members = history.committed().members();
    awaySinceMillis.keySet().removeAll(outbox.inSight().keySet());
    for (Member member : outbox.inSight().values()) {
      if (!member.equals(members.get(member.nodeId())) && members.size() < Limits.MEMBERS) {
        return Optional.of(new Event.MemberJoined(member));
      }
    }
    for (String nodeId : members.keySet()) {
      if (!outbox.inSight().containsKey(nodeId)) {
        long since = awaySinceMillis.computeIfAbsent(nodeId, _ -> now);
        if (now - since >= options.removalMillis()) {
          return Optional.of(new Event.MemberLeft(nodeId));
        }
      }
    }
    return Optional.empty();
  }

  private void propose(String commandId, List<Event> events, long now) {
    SwarmState head = history.head();
    LogEntry entry = new LogEntry(epoch, self, head.index() + 1, head.hash(), commandId, events);
    history.append(entry);
    acknowledged.clear();
    acknowledged.add(self);
    appendedMillis = now;
    outbox.persist(history);
    outbox.add(new Action.Append(entry));
    commitIfAcknowledged(now);
  }

  /** A node has the history up to an entry on disk. */
  void acknowledged(String from, long index, long now) {
    if (index == history.head().index()) {
      acknowledged.add(from);
      commitIfAcknowledged(now);
      next(now);
    }
  }

  private void commitIfAcknowledged(long now) {
    if (history.hasTail() && history.isQuorum(options.quorum(), acknowledged)) {
      List<LogEntry> agreed = history.commitTo(history.head().index());
      outbox.persist(history);
      outbox.publish(history, agreed);
      Optional<Asked> landed = inFlight;
      inFlight = Optional.empty();
      landed.ifPresent(asked -> decided(asked, new Outcome.Done(history.head().index())));
      heartbeat(now);
    }
  }

  private void decided(Asked asked, Outcome outcome) {
    String commandId = asked.request().commandId();
    if (!asked.nodeId().equals(self)) {
      outbox.send(asked.nodeId(), new Message.Decided(commandId, outcome));
    } else if (pending.remove(commandId)) {
      outbox.add(new Action.Reply(commandId, outcome));
    }
  }
}
