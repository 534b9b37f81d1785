package dev.flotilla.federation.state;

import dev.flotilla.federation.state.Command.Request;
import dev.flotilla.federation.state.Outcome.Refusal;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * A node's part in keeping one history: Raft (Ongaro and Ousterhout, 2014), with three differences.
 * The oldest voter in sight asks to lead, so elections don't collide; entries travel over a log
 * that all share instead of from the leader to each; and a follower whose history is not the
 * leader's is given the leader's whole state, which is small. The log may lose entries, repeat them
 * and begin anew: it only has to be quick.
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
  private final Outbox outbox;
  private long nowMillis;

  private Optional<Leader> leading = Optional.empty();
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
    this.outbox = new Outbox(self);
    this.highestSeenEpoch = durable.promisedEpoch();
  }

  /** What is agreed on, as far as this node knows. */
  public SwarmState state() {
    return history.committed();
  }

  /** Whether this node leads, as far as it knows. */
  public boolean isLeading() {
    return leading.isPresent();
  }

  /** The epoch that this node follows. */
  public long epoch() {
    return history.promisedEpoch();
  }

  /** Time has passed; to be called several times per heartbeat. */
  public List<Action> tick(long now) {
    nowMillis = now;
    pending.expire(now).forEach(outbox::add);
    leading.ifPresentOrElse(own -> own.tick(now), this::campaignIfOldest);
    for (Request request : pending.due(now)) {
      ask(request);
    }
    return outbox.drain();
  }

  /**
   * Other nodes came into sight or went out of it.
   *
   * @param present all nodes in sight with this one, the oldest first
   */
  public List<Action> view(long now, List<Member> present) {
    nowMillis = now;
    outbox.see(present);
    leading.ifPresentOrElse(own -> own.next(now), this::campaignIfOldest);
    return outbox.drain();
  }

  /** Asks the swarm for something; a {@link Action.Reply} answers. */
  public List<Action> submit(long now, Request request) {
    nowMillis = now;
    if (pending.isFull()) {
      outbox.add(reply(request, Refusal.OVERLOADED, "too many commands wait"));
    } else if (!seesQuorum()) {
      outbox.add(reply(request, Refusal.NO_QUORUM, "too few members are in sight"));
    } else {
      pending.add(request, now);
      ask(request);
    }
    return outbox.drain();
  }

  private static Action reply(Request request, Refusal refusal, String detail) {
    return new Action.Reply(request.commandId(), new Outcome.Refused(refusal, detail));
  }

  /** An entry was read from the log. */
  public List<Action> entry(long now, LogEntry entry) {
    nowMillis = now;
    SwarmState head = history.head();
    if (entry.epoch() < history.promisedEpoch() || entry.leaderId().equals(self)) {
      return outbox.drain();
    }
    if (head.isFollowedBy(entry) && !history.isFull()) {
      follow(entry.epoch(), entry.leaderId());
      history.append(entry);
      outbox.persist(history);
      acknowledge(entry.leaderId());
    } else if (history.isBehind(entry.epoch(), entry.index())) {
      askState(entry.leaderId(), entry.epoch());
    }
    return outbox.drain();
  }

  /** A message arrived. */
  public List<Action> receive(long now, String from, Message message) {
    nowMillis = now;
    switch (message) {
      case Message.AskPromise ask -> onAskPromise(from, ask);
      case Message.Promise(long epoch, Optional<Durable> newer) -> onPromise(from, epoch, newer);
      case Message.Outdated(long promisedEpoch) -> onOutdated(promisedEpoch);
      case Message.Acknowledge(long epoch, long index) ->
          leading
              .filter(own -> own.epoch() == epoch)
              .ifPresent(own -> own.acknowledged(from, index, now));
      case Message.Heartbeat heartbeat -> onHeartbeat(from, heartbeat);
      case Message.AskState(long epoch) ->
          leading
              .filter(own -> own.epoch() >= epoch)
              .ifPresent(
                  own -> outbox.send(from, new Message.State(own.epoch(), history.durable())));
      case Message.State(long epoch, Durable durable) -> onState(from, epoch, durable);
      case Message.Forward(Request request) ->
          leading.ifPresent(own -> own.asked(from, request, now));
      case Message.Decided(String commandId, Outcome outcome) -> answer(commandId, outcome);
    }
    return outbox.drain();
  }

  // Elections.

  private void campaignIfOldest() {
    List<String> voters = outbox.voters();
    boolean oldest = !voters.isEmpty() && voters.getFirst().equals(self);
    if (oldest && seesQuorum() && nowMillis - campaignMillis >= options.retryMillis()) {
      campaignMillis = nowMillis;
      campaignEpoch = Math.max(highestSeenEpoch, history.promisedEpoch()) + 1;
      promises.clear();
      promises.add(self);
      follow(campaignEpoch, self);
      outbox.persist(history);
      SwarmState head = history.head();
      outbox.broadcast(new Message.AskPromise(campaignEpoch, head.epoch(), head.index()));
      leadIfPromised();
    }
  }

  private void onAskPromise(String from, Message.AskPromise ask) {
    boolean again =
        ask.epoch() == history.promisedEpoch() && from.equals(history.durable().promisedTo());
    if (ask.epoch() <= history.promisedEpoch() && !again) {
      vote(from, new Message.Outdated(history.promisedEpoch()));
      return;
    }
    if (!again) {
      follow(ask.epoch(), from);
      outbox.persist(history);
    }
    SwarmState head = history.head();
    boolean newer =
        head.epoch() > ask.headEpoch()
            || (head.epoch() == ask.headEpoch() && head.index() > ask.headIndex());
    vote(
        from,
        new Message.Promise(
            ask.epoch(), newer ? Optional.of(history.durable()) : Optional.empty()));
  }

  private void onPromise(String from, long epoch, Optional<Durable> newer) {
    if (epoch != campaignEpoch || epoch != history.promisedEpoch() || isLeading()) {
      return;
    }
    if (newer.isPresent() && history.adopt(newer.get())) {
      outbox.persist(history);
      outbox.publish(history, List.of());
    }
    promises.add(from);
    leadIfPromised();
  }

  private void leadIfPromised() {
    Collection<String> members = history.head().members().keySet();
    boolean promised =
        members.isEmpty()
            ? promises.containsAll(outbox.voters())
            : history.isQuorum(options.quorum(), promises);
    if (promised && !history.isFull()) {
      lead(self);
      leading =
          Optional.of(
              new Leader(campaignEpoch, self, options, history, outbox, pending, nowMillis));
    }
  }

  /** Refuses all earlier epochs from now on, which is to be persisted. */
  private void follow(long epoch, String nodeId) {
    if (epoch > history.promisedEpoch()) {
      history.promise(epoch, nodeId);
      highestSeenEpoch = Math.max(highestSeenEpoch, epoch);
      leading = Optional.empty();
      leader = Optional.empty();
    }
  }

  /** Takes note of who leads: one who is new has not been asked what the one before was. */
  private void lead(String nodeId) {
    if (!leader.equals(Optional.of(nodeId))) {
      leader = Optional.of(nodeId);
      pending.askAgain();
    }
  }

  private void onOutdated(long promisedEpoch) {
    highestSeenEpoch = Math.max(highestSeenEpoch, promisedEpoch);
    if (promisedEpoch > history.promisedEpoch()) {
      leading = Optional.empty();
    }
  }

  // Following.

  private void onHeartbeat(String from, Message.Heartbeat heartbeat) {
    if (heartbeat.epoch() < history.promisedEpoch()) {
      vote(from, new Message.Outdated(history.promisedEpoch()));
      return;
    }
    if (heartbeat.epoch() > history.promisedEpoch()) {
      follow(heartbeat.epoch(), from);
      outbox.persist(history);
    }
    lead(from);
    SwarmState head = history.head();
    if (head.epoch() < heartbeat.epoch() || head.index() < heartbeat.headIndex()) {
      askState(from, heartbeat.epoch());
    }
    if (head.epoch() == heartbeat.epoch()) {
      List<LogEntry> agreed = history.commitTo(heartbeat.committedIndex());
      if (!agreed.isEmpty()) {
        outbox.persist(history);
        outbox.publish(history, agreed);
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
    lead(from);
    if (history.adopt(durable)) {
      outbox.publish(history, List.of());
    }
    outbox.persist(history);
    if (history.head().epoch() == epoch) {
      acknowledge(from);
    }
  }

  /** Asks a leader for its state, now and then. */
  private void askState(String nodeId, long epoch) {
    if (nowMillis - askedStateMillis >= options.heartbeatMillis()) {
      askedStateMillis = nowMillis;
      outbox.send(nodeId, new Message.AskState(epoch));
    }
  }

  private void acknowledge(String leaderId) {
    SwarmState head = history.head();
    vote(leaderId, new Message.Acknowledge(head.epoch(), head.index()));
  }

  /** Says what counts from voters only; others are not heard. */
  private void vote(String to, Message message) {
    if (outbox.voters().contains(self)) {
      outbox.send(to, message);
    }
  }

  // Commands of this node.

  private void ask(Request request) {
    if (leading.isPresent()) {
      leading.get().asked(self, request, nowMillis);
    } else {
      leader
          .filter(outbox.inSight()::containsKey)
          .or(() -> outbox.voters().stream().findFirst())
          .filter(nodeId -> !nodeId.equals(self))
          .ifPresent(nodeId -> outbox.send(nodeId, new Message.Forward(request)));
    }
  }

  private void answer(String commandId, Outcome outcome) {
    if (pending.remove(commandId)) {
      outbox.add(new Action.Reply(commandId, outcome));
    }
  }

  private boolean seesQuorum() {
    return history.head().members().isEmpty()
        || history.isQuorum(options.quorum(), outbox.inSight().keySet());
  }
}
