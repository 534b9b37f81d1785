package dev.flotilla.federation.state;

import dev.flotilla.federation.state.Command.Request;
import dev.flotilla.federation.state.Outcome.Refusal;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * A node's part in keeping one history: Raft (Ongaro and Ousterhout, 2014), with three differences.
 * The oldest node in sight asks to lead, so elections don't collide; entries travel over the shared
 * {@link EventLog} instead of from the leader to each; and a follower whose history is not the
 * leader's is given the leader's whole state, which is small.
 *
 * <p>An epoch is Raft's term. A node promises an epoch to one node only, and a leader has the
 * promises of a {@link Quorum}, with the furthest history among them. An entry is agreed on when a
 * quorum has it on disk, and only then is its command answered. There is one entry in flight at a
 * time, and members are admitted and removed one by one, except for those of a new swarm: its first
 * entry admits all nodes in sight. Nodes that start a swarm apart from each other make two.
 *
 * <p>A state machine without I/O: every input gives actions, to be carried out in order. One thread
 * at a time.
 */
public final class HistoryKeeper {
  private final String self;
  private final KeeperOptions options;
  private final History history;
  private final PendingCommands pending;
  private final List<Action> actions = new ArrayList<>();

  /** Nodes in sight, the oldest first. */
  private Map<String, Member> view = new TreeMap<>();

  private List<String> oldestFirst = List.of();
  private long nowMillis;

  private Optional<Leadership> leadership = Optional.empty();
  private final Set<String> promises = new HashSet<>();
  private long campaignEpoch;
  private long campaignMillis = Long.MIN_VALUE / 2;
  private long highestSeenEpoch;
  private Optional<String> leader = Optional.empty();
  private long askedStateMillis = Long.MIN_VALUE / 2;

  /**
   * @param self this node
   * @param durable what it kept on disk
   */
  public HistoryKeeper(String self, Durable durable, KeeperOptions options) {
    this.self = self;
    this.options = options;
    this.history = new History(durable);
    this.pending = new PendingCommands(options);
    this.highestSeenEpoch = durable.promisedEpoch();
  }

  /** What is agreed on, as far as this node knows. */
  public SwarmState state() {
    return history.committed();
  }

  /** Whether this node leads, as far as it knows. */
  public boolean isLeading() {
    return leadership.isPresent();
  }

  /** The epoch that this node follows. */
  public long epoch() {
    return history.promisedEpoch();
  }

  /** Time has passed; to be called several times per heartbeat. */
  public List<Action> tick(long now) {
    nowMillis = now;
    actions.addAll(pending.expire(now));
    leadership.ifPresentOrElse(this::lead, this::campaignIfOldest);
    for (Request request : pending.due(now)) {
      ask(request);
    }
    return drain();
  }

  /**
   * Other nodes came into sight or went out of it.
   *
   * @param present all nodes in sight with this one, the oldest first
   */
  public List<Action> view(long now, List<Member> present) {
    nowMillis = now;
    view = new TreeMap<>();
    present.forEach(member -> view.put(member.nodeId(), member));
    oldestFirst = present.stream().map(Member::nodeId).toList();
    leadership.ifPresentOrElse(_ -> next(), this::campaignIfOldest);
    return drain();
  }

  /** Asks the swarm for something; a {@link Action.Reply} answers. */
  public List<Action> submit(long now, Request request) {
    nowMillis = now;
    if (pending.isFull()) {
      actions.add(reply(request, Refusal.OVERLOADED, "too many commands wait"));
    } else if (!seesQuorum()) {
      actions.add(reply(request, Refusal.NO_QUORUM, "too few members are in sight"));
    } else {
      pending.add(request, now);
      ask(request);
    }
    return drain();
  }

  private static Action reply(Request request, Refusal refusal, String detail) {
    return new Action.Reply(request.commandId(), new Outcome.Refused(refusal, detail));
  }

  /** An entry was read from the log. */
  public List<Action> entry(long now, LogEntry entry) {
    nowMillis = now;
    SwarmState head = history.head();
    if (entry.epoch() < history.promisedEpoch() || entry.leaderId().equals(self)) {
      return drain();
    }
    if (head.isFollowedBy(entry) && !history.isFull()) {
      follow(entry.epoch(), entry.leaderId());
      history.append(entry);
      persist();
      acknowledge(entry.leaderId());
    } else if (history.isBehind(entry.epoch(), entry.index())) {
      askState(entry.leaderId(), entry.epoch());
    }
    return drain();
  }

  /** A message arrived. */
  public List<Action> receive(long now, String from, Message message) {
    nowMillis = now;
    switch (message) {
      case Message.AskPromise ask -> onAskPromise(from, ask);
      case Message.Promise(long epoch, Optional<Durable> newer) -> onPromise(from, epoch, newer);
      case Message.Outdated(long promisedEpoch) -> onOutdated(promisedEpoch);
      case Message.Acknowledge(long epoch, long index) -> onAcknowledge(from, epoch, index);
      case Message.Heartbeat heartbeat -> onHeartbeat(from, heartbeat);
      case Message.AskState(long epoch) -> onAskState(from, epoch);
      case Message.State(long epoch, Durable durable) -> onState(from, epoch, durable);
      case Message.Forward(Request request) -> onForward(from, request);
      case Message.Decided(String commandId, Outcome outcome) -> answer(commandId, outcome);
    }
    return drain();
  }

  // Elections.

  private void campaignIfOldest() {
    boolean oldest = !oldestFirst.isEmpty() && oldestFirst.getFirst().equals(self);
    if (oldest && seesQuorum() && nowMillis - campaignMillis >= options.retryMillis()) {
      campaignMillis = nowMillis;
      campaignEpoch = Math.max(highestSeenEpoch, history.promisedEpoch()) + 1;
      promises.clear();
      promises.add(self);
      follow(campaignEpoch, self);
      persist();
      SwarmState head = history.head();
      broadcast(new Message.AskPromise(campaignEpoch, head.epoch(), head.index()));
      leadIfPromised();
    }
  }

  private void onAskPromise(String from, Message.AskPromise ask) {
    boolean again =
        ask.epoch() == history.promisedEpoch() && from.equals(history.durable().promisedTo());
    if (ask.epoch() <= history.promisedEpoch() && !again) {
      send(from, new Message.Outdated(history.promisedEpoch()));
      return;
    }
    if (!again) {
      follow(ask.epoch(), from);
      persist();
    }
    SwarmState head = history.head();
    boolean newer =
        head.epoch() > ask.headEpoch()
            || (head.epoch() == ask.headEpoch() && head.index() > ask.headIndex());
    send(
        from,
        new Message.Promise(
            ask.epoch(), newer ? Optional.of(history.durable()) : Optional.empty()));
  }

  private void onPromise(String from, long epoch, Optional<Durable> newer) {
    if (epoch != campaignEpoch || epoch != history.promisedEpoch() || isLeading()) {
      return;
    }
    if (newer.isPresent() && history.adopt(newer.get())) {
      persist();
      publish();
    }
    promises.add(from);
    leadIfPromised();
  }

  private void leadIfPromised() {
    Collection<String> members = history.head().members().keySet();
    boolean promised =
        members.isEmpty()
            ? promises.containsAll(oldestFirst)
            : history.isQuorum(options.quorum(), promises);
    if (promised && !history.isFull()) {
      leadership = Optional.of(new Leadership(campaignEpoch));
      leader = Optional.of(self);
      List<Event> events = new ArrayList<>(List.of(new Event.LeaderElected()));
      if (members.isEmpty()) {
        view.values().forEach(member -> events.add(new Event.MemberJoined(member)));
      }
      propose("", events);
    }
  }

  /** Refuses all earlier epochs from now on, which is to be persisted. */
  private void follow(long epoch, String nodeId) {
    if (epoch > history.promisedEpoch()) {
      history.promise(epoch, nodeId);
      highestSeenEpoch = Math.max(highestSeenEpoch, epoch);
      leadership = Optional.empty();
      leader = Optional.empty();
    }
  }

  private void onOutdated(long promisedEpoch) {
    highestSeenEpoch = Math.max(highestSeenEpoch, promisedEpoch);
    if (promisedEpoch > history.promisedEpoch()) {
      leadership = Optional.empty();
    }
  }

  // Leading.

  private void lead(Leadership own) {
    if (nowMillis - own.heartbeatMillis >= options.heartbeatMillis()) {
      heartbeat(own);
    }
    if (history.hasTail() && nowMillis - own.appendedMillis >= options.retryMillis()) {
      own.appendedMillis = nowMillis;
      actions.add(new Action.Append(history.last()));
    }
    next();
  }

  private void heartbeat(Leadership own) {
    own.heartbeatMillis = nowMillis;
    broadcast(
        new Message.Heartbeat(own.epoch, history.head().index(), history.committed().index()));
  }

  private void onForward(String from, Request request) {
    Leadership own = leadership.orElse(null);
    if (own == null || own.knows(request.commandId())) {
      return;
    }
    if (own.waiting() >= options.maxPending()) {
      decided(
          new Leadership.Asked(request, from),
          new Outcome.Refused(Refusal.OVERLOADED, "too many commands wait"));
      return;
    }
    own.add(new Leadership.Asked(request, from));
    next();
  }

  /** Decides what is next, until an entry is in flight. */
  private void next() {
    while (leadership.isPresent() && !history.hasTail()) {
      Leadership own = leadership.get();
      Optional<Event> change = memberChange(own);
      if (change.isPresent()) {
        propose("", List.of(change.get()));
        continue;
      }
      Optional<Leadership.Asked> asked = own.poll();
      if (asked.isEmpty()) {
        return;
      }
      decide(own, asked.get());
    }
  }

  private void decide(Leadership own, Leadership.Asked asked) {
    SwarmState state = history.committed();
    String commandId = asked.request().commandId();
    if (state.recentCommands().contains(commandId)) {
      decided(asked, new Outcome.Done(state.index()));
      return;
    }
    switch (Decision.of(state, asked.request().command())) {
      case Decision.Refused(Refusal refusal, String detail) ->
          decided(asked, new Outcome.Refused(refusal, detail));
      case Decision.Accepted(List<Event> events) when events.isEmpty() ->
          decided(asked, new Outcome.Done(state.index()));
      case Decision.Accepted(List<Event> events) -> {
        own.fly(Optional.of(asked));
        propose(commandId, events);
      }
    }
  }

  /** Whom to admit or to remove, one at a time. */
  private Optional<Event> memberChange(Leadership own) {
    SwarmState state = history.committed();
    own.awaySinceMillis.keySet().removeAll(view.keySet());
    for (Member member : view.values()) {
      if (!member.equals(state.members().get(member.nodeId()))
          && state.members().size() < Limits.MEMBERS) {
        return Optional.of(new Event.MemberJoined(member));
      }
    }
    for (String nodeId : state.members().keySet()) {
      if (!view.containsKey(nodeId)) {
        long since = own.awaySinceMillis.computeIfAbsent(nodeId, _ -> nowMillis);
        if (nowMillis - since >= options.removalMillis()) {
          return Optional.of(new Event.MemberLeft(nodeId));
        }
      }
    }
    return Optional.empty();
  }

  private void propose(String commandId, List<Event> events) {
    Leadership own = leadership.orElseThrow();
    SwarmState head = history.head();
    LogEntry entry =
        new LogEntry(own.epoch, self, head.index() + 1, head.hash(), commandId, events);
    history.append(entry);
    own.acknowledged.clear();
    own.acknowledged.add(self);
    own.appendedMillis = nowMillis;
    persist();
    actions.add(new Action.Append(entry));
    commitIfAcknowledged();
  }

  private void onAcknowledge(String from, long epoch, long index) {
    leadership
        .filter(own -> own.epoch == epoch && index == history.head().index())
        .ifPresent(own -> {
          own.acknowledged.add(from);
          commitIfAcknowledged();
          next();
        });
  }

  private void commitIfAcknowledged() {
    Leadership own = leadership.orElseThrow();
    if (history.hasTail() && history.isQuorum(options.quorum(), own.acknowledged)) {
      history.commitTo(history.head().index());
      persist();
      publish();
      own.land().ifPresent(asked -> decided(asked, new Outcome.Done(history.head().index())));
      heartbeat(own);
    }
  }

  private void onAskState(String from, long epoch) {
    if (leadership.isPresent() && leadership.get().epoch >= epoch) {
      send(from, new Message.State(leadership.get().epoch, history.durable()));
    }
  }

  // Following.

  private void onHeartbeat(String from, Message.Heartbeat heartbeat) {
    if (heartbeat.epoch() < history.promisedEpoch()) {
      send(from, new Message.Outdated(history.promisedEpoch()));
      return;
    }
    if (heartbeat.epoch() > history.promisedEpoch()) {
      follow(heartbeat.epoch(), from);
      persist();
    }
    leader = Optional.of(from);
    SwarmState head = history.head();
    if (head.epoch() < heartbeat.epoch() || head.index() < heartbeat.headIndex()) {
      askState(from, heartbeat.epoch());
    }
    if (head.epoch() == heartbeat.epoch()) {
      if (history.commitTo(heartbeat.committedIndex())) {
        persist();
        publish();
      }
      if (heartbeat.headIndex() > heartbeat.committedIndex()) {
        acknowledge(from);
      }
    }
  }

  private void onState(String from, long epoch, Durable durable) {
    if (epoch < history.promisedEpoch()) {
      return;
    }
    follow(epoch, from);
    leader = Optional.of(from);
    if (history.adopt(durable)) {
      publish();
    }
    persist();
    if (history.head().epoch() == epoch) {
      acknowledge(from);
    }
  }

  /** Asks a leader for its state, now and then. */
  private void askState(String nodeId, long epoch) {
    if (nowMillis - askedStateMillis >= options.heartbeatMillis()) {
      askedStateMillis = nowMillis;
      send(nodeId, new Message.AskState(epoch));
    }
  }

  private void acknowledge(String leaderId) {
    SwarmState head = history.head();
    send(leaderId, new Message.Acknowledge(head.epoch(), head.index()));
  }

  // Commands of this node.

  private void ask(Request request) {
    if (isLeading()) {
      onForward(self, request);
    } else {
      leader
          .filter(view::containsKey)
          .or(() -> oldestFirst.stream().findFirst())
          .filter(nodeId -> !nodeId.equals(self))
          .ifPresent(nodeId -> send(nodeId, new Message.Forward(request)));
    }
  }

  private void decided(Leadership.Asked asked, Outcome outcome) {
    String commandId = asked.request().commandId();
    if (asked.nodeId().equals(self)) {
      answer(commandId, outcome);
    } else {
      send(asked.nodeId(), new Message.Decided(commandId, outcome));
    }
  }

  private void answer(String commandId, Outcome outcome) {
    if (pending.remove(commandId)) {
      actions.add(new Action.Reply(commandId, outcome));
    }
  }

  private boolean seesQuorum() {
    return history.head().members().isEmpty() || history.isQuorum(options.quorum(), view.keySet());
  }

  private void broadcast(Message message) {
    for (String nodeId : oldestFirst) {
      if (!nodeId.equals(self)) {
        send(nodeId, message);
      }
    }
  }

  private void send(String nodeId, Message message) {
    actions.add(new Action.Send(nodeId, message));
  }

  private void persist() {
    actions.add(new Action.Persist(history.durable()));
  }

  private void publish() {
    actions.add(new Action.Publish(history.committed()));
  }

  private List<Action> drain() {
    List<Action> drained = List.copyOf(actions);
    actions.clear();
    return drained;
  }
}
