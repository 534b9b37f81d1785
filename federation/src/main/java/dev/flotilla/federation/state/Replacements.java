package dev.flotilla.federation.state;

import dev.flotilla.federation.state.Placement.StageAt;
import dev.flotilla.federation.state.Placement.Status;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * Brings what is built beside pipelines to an end: it takes the place, or is given up. Whoever
 * leads asks this again and again, so that nothing is left half done when a leader is lost. A
 * function of what it was told; one thread at a time.
 */
public final class Replacements {
  private final long patienceMillis;
  private final long absenceMillis;
  private final Map<String, Seen> seen = new HashMap<>();

  /** Since when a build is known here, and all its nodes were there last. */
  private record Seen(long since, long complete) {}

  /**
   * Nothing is known yet.
   *
   * @param patienceMillis how long something may be built
   * @param absenceMillis how long a node of it may not be seen meanwhile
   */
  public Replacements(long patienceMillis, long absenceMillis) {
    this.patienceMillis = patienceMillis;
    this.absenceMillis = absenceMillis;
  }

  /**
   * What the leader is to have decided now; nothing while everything is being built.
   *
   * @param inSight nodes that are there
   * @param now milliseconds, of any beginning
   */
  public List<Command> due(SwarmState state, Set<String> inSight, long now) {
    List<Command> due = new ArrayList<>();
    Map<String, Seen> still = new HashMap<>();
    for (Placement placement : state.placements().values()) {
      placement
          .replacement()
          .ifPresent(next -> {
            Seen before = seen.getOrDefault(next.buildId(), new Seen(now, now));
            boolean complete = missing(next, inSight).isEmpty();
            Seen after = new Seen(before.since(), complete ? now : before.complete());
            still.put(next.buildId(), after);
            due(placement, next, inSight, now - after.since(), now - after.complete())
                .ifPresent(due::add);
          });
    }
    seen.clear();
    seen.putAll(still);
    return due;
  }

  private Optional<Command> due(
      Placement placement,
      Replacement next,
      Set<String> inSight,
      long builtMillis,
      long absentMillis) {
    String pipeline = placement.pipelineId();
    Set<String> missing = missing(next, inSight);
    if (next.status() == Status.FAILED) {
      return dropped(pipeline, next, next.problem());
    }
    if (!missing.isEmpty() && absentMillis >= absenceMillis) {
      return dropped(pipeline, next, "nodes of it are away: " + String.join(", ", missing));
    }
    // What was ready once may have been lost with a node that is away.
    if (next.status() == Status.READY && missing.isEmpty()) {
      return Optional.of(new Command.TakeOver(pipeline, next.buildId()));
    }
    return builtMillis >= patienceMillis
        ? dropped(pipeline, next, "it takes too long")
        : Optional.empty();
  }

  private static Optional<Command> dropped(String pipeline, Replacement next, String reason) {
    return Optional.of(new Command.DropReplacement(pipeline, next.buildId(), reason));
  }

  private static Set<String> missing(Replacement next, Set<String> inSight) {
    return next.stages().stream()
        .map(StageAt::nodeId)
        .filter(node -> !inSight.contains(node))
        .collect(Collectors.toCollection(TreeSet::new));
  }
}
