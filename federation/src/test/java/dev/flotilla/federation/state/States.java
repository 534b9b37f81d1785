package dev.flotilla.federation.state;

import java.util.List;
import java.util.TreeMap;
import java.util.TreeSet;

/** States and entries for tests. */
final class States {
  static final Member A = new Member("a", "anna's", "worker", true, 100);
  static final Member B = new Member("b", "ben's", "worker", true, 50);
  static final ModelEntry MODEL = new ModelEntry("model", 4, 1000, "digest");

  /** Of a pipeline that may be anywhere. */
  static final Terms ANYWHERE =
      new Terms(false, 1, 9, new TreeSet<>(), new TreeSet<>(), new TreeSet<>(), new TreeMap<>());

  private States() {}

  static SwarmState of(Event... events) {
    return SwarmState.EMPTY.apply(entry(SwarmState.EMPTY, events));
  }

  /** Two members and a model. */
  static SwarmState usual() {
    return of(
        new Event.LeaderElected(),
        new Event.MemberJoined(A),
        new Event.MemberJoined(B),
        new Event.ModelAdded(MODEL));
  }

  static LogEntry entry(SwarmState after, Event... events) {
    return new LogEntry(
        Math.max(1, after.epoch()), "a", after.index() + 1, after.hash(), "", List.of(events));
  }

  static Placement placement(String pipelineId, Placement.StageAt... stages) {
    return new Placement(pipelineId, "model", List.of(stages), false, Placement.Status.PLACED, "");
  }

  static Placement.StageAt at(Member member, int from, int to, long bytes) {
    return new Placement.StageAt(member.nodeId(), from, to, bytes);
  }
}
