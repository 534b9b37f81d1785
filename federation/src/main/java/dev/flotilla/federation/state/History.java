package dev.flotilla.federation.state;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/** A node's copy of the history: what is agreed on, what follows, and what it promised. */
final class History {
  private Durable durable;
  private SwarmState head;

  History(Durable durable) {
    this.durable = durable;
    this.head = durable.head();
  }

  Durable durable() {
    return durable;
  }

  SwarmState committed() {
    return durable.committed();
  }

  /** The state after all entries, agreed on or not. */
  SwarmState head() {
    return head;
  }

  long promisedEpoch() {
    return durable.promisedEpoch();
  }

  /**
   * Whether these nodes may decide by the membership that is agreed on, and by every one that may
   * come to be. A change of members needs a quorum before and after it: without that, half of the
   * one could decide against half of the other.
   */
  boolean isQuorum(Quorum quorum, Collection<String> nodes) {
    SwarmState state = committed();
    boolean met = state.members().isEmpty() || quorum.isMet(nodes, state.voters());
    for (LogEntry entry : durable.tail()) {
      state = state.apply(entry);
      met &= quorum.isMet(nodes, state.voters());
    }
    return met && !state.members().isEmpty();
  }

  /** Whether more than is agreed on is there. */
  boolean hasTail() {
    return !durable.tail().isEmpty();
  }

  boolean isFull() {
    return durable.tail().size() >= Limits.TAIL;
  }

  LogEntry last() {
    return durable.tail().getLast();
  }

  void promise(long epoch, String nodeId) {
    durable = new Durable(durable.committed(), durable.tail(), epoch, nodeId);
  }

  void append(LogEntry entry) {
    head = head.apply(entry);
    List<LogEntry> tail = new ArrayList<>(durable.tail());
    tail.add(entry);
    durable = new Durable(committed(), tail, promisedEpoch(), durable.promisedTo());
  }

  /** Agrees on entries up to an index; those that were not agreed on before. */
  List<LogEntry> commitTo(long index) {
    SwarmState committed = committed();
    List<LogEntry> agreed = new ArrayList<>();
    List<LogEntry> tail = new ArrayList<>(durable.tail());
    while (!tail.isEmpty() && tail.getFirst().index() <= index) {
      LogEntry entry = tail.removeFirst();
      committed = committed.apply(entry);
      agreed.add(entry);
    }
    durable = new Durable(committed, tail, promisedEpoch(), durable.promisedTo());
    return agreed;
  }

  /** Whether another history ends later than this one: in a later epoch, or further on in it. */
  boolean isBehind(long epoch, long index) {
    return epoch > head.epoch() || (epoch == head.epoch() && index > head.index());
  }

  /**
   * Takes over another node's history if it ends later. What is agreed on here is in it, or the
   * nodes were in different swarms; then it is taken over only if nothing was decided here.
   */
  boolean adopt(Durable other) {
    SwarmState otherHead = other.head();
    if (!isBehind(otherHead.epoch(), otherHead.index())) {
      return false;
    }
    SwarmState agreed = other.committed();
    List<LogEntry> tail = new ArrayList<>(other.tail());
    while (agreed.index() < committed().index() && !tail.isEmpty()) {
      agreed = agreed.apply(tail.removeFirst());
    }
    boolean sameHistory =
        agreed.index() != committed().index() || agreed.hash() == committed().hash();
    boolean goesOn = agreed.index() >= committed().index() && sameHistory;
    boolean nothingToLose = committed().models().isEmpty() && committed().placements().isEmpty();
    if (!goesOn && !nothingToLose) {
      return false;
    }
    durable =
        goesOn
            ? new Durable(agreed, tail, promisedEpoch(), durable.promisedTo())
            : new Durable(other.committed(), other.tail(), promisedEpoch(), durable.promisedTo());
    head = otherHead;
    return true;
  }
}
