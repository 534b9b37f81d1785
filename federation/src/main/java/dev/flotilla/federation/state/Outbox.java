package dev.flotilla.federation.state;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** What a node sees of the others, and what it wants done, in order. */
final class Outbox {
  private final String self;
  private final List<Action> actions = new ArrayList<>();
  private Map<String, Member> inSight = new TreeMap<>();
  private List<String> voters = List.of();

  Outbox(String self) {
    this.self = self;
  }

  /** Takes note of who is there, the oldest first. */
  void see(List<Member> present) {
    inSight = new TreeMap<>();
    present.forEach(member -> inSight.put(member.nodeId(), member));
    voters = present.stream().filter(Member::votes).map(Member::nodeId).toList();
  }

  /** Nodes in sight by their ids. */
  Map<String, Member> inSight() {
    return inSight;
  }

  /** Ids of the nodes in sight that vote, the oldest first. */
  List<String> voters() {
    return voters;
  }

  void send(String nodeId, Message message) {
    actions.add(new Action.Send(nodeId, message));
  }

  /** To all others in sight. */
  void broadcast(Message message) {
    for (String nodeId : inSight.keySet()) {
      if (!nodeId.equals(self)) {
        send(nodeId, message);
      }
    }
  }

  void add(Action action) {
    actions.add(action);
  }

  void persist(History history) {
    actions.add(new Action.Persist(history.durable()));
  }

  /** Tells what is agreed on now. */
  void publish(History history, List<LogEntry> agreed) {
    actions.add(new Action.Publish(history.committed(), agreed));
  }

  /** Takes out what is to be done. */
  List<Action> drain() {
    List<Action> drained = List.copyOf(actions);
    actions.clear();
    return drained;
  }
}
