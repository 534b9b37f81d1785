package dev.flotilla.federation.state;

import java.util.Collection;
import java.util.Collections;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * What a pipeline was asked for with, when the swarm was to plan it: what takes its place honours
 * it too.
 *
 * @param throughput whether it is to be best at many streams at once, rather than at one
 * @param minNodes stages at least
 * @param maxNodes stages at most
 * @param heads nodes that may drive it; empty for all
 * @param only nodes that it may be on; empty for all
 * @param excluded nodes that it may not be on
 * @param labels that each of its nodes has, by name
 */
public record Terms(
    boolean throughput,
    int minNodes,
    int maxNodes,
    SortedSet<String> heads,
    SortedSet<String> only,
    SortedSet<String> excluded,
    SortedMap<String, String> labels) {
  /** The most nodes that one of the sets names, and the most labels. */
  public static final int MOST = Limits.STAGES;

  public Terms {
    heads = names(heads);
    only = names(only);
    excluded = names(excluded);
    labels = Collections.unmodifiableSortedMap(new TreeMap<>(labels));
    if (minNodes < 1 || maxNodes < minNodes || labels.size() > MOST) {
      throw new IllegalArgumentException(
          "%d to %d nodes of %d labels".formatted(minNodes, maxNodes, labels.size()));
    }
    labels.forEach((name, value) -> {
      Limits.text("label", name);
      Limits.text("label", value);
    });
  }

  private static SortedSet<String> names(Collection<String> names) {
    if (names.size() > MOST) {
      throw new IllegalArgumentException("%d nodes; up to %d".formatted(names.size(), MOST));
    }
    names.forEach(name -> Limits.text("node", name));
    return Collections.unmodifiableSortedSet(new TreeSet<>(names));
  }

  /** Whether all of these sets of names are short enough. */
  public static boolean holds(Set<String> heads, Set<String> only, Set<String> excluded) {
    return Math.max(heads.size(), Math.max(only.size(), excluded.size())) <= MOST;
  }
}
