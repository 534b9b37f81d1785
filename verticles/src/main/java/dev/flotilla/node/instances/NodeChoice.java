package dev.flotilla.node.instances;

import java.util.Map;
import java.util.Set;

/**
 * The nodes that a pipeline may be on.
 *
 * @param only these; empty for all
 * @param pinned these in any case, of those that it may be on
 * @param excluded none of these
 * @param labels that each has, by name
 */
public record NodeChoice(
    Set<String> only, Set<String> pinned, Set<String> excluded, Map<String, String> labels) {
  /** All. */
  public static final NodeChoice ANY = new NodeChoice(Set.of(), Set.of(), Set.of(), Map.of());

  public NodeChoice {
    only = Set.copyOf(only);
    pinned = Set.copyOf(pinned);
    excluded = Set.copyOf(excluded);
    labels = Map.copyOf(labels);
    for (String node : pinned) {
      if (!allows(node, only, excluded)) {
        throw new IllegalArgumentException("node %s is pinned, and left out".formatted(node));
      }
    }
  }

  /** Whether it may be on a node, if that has the labels. */
  public boolean allows(String nodeId) {
    return allows(nodeId, only, excluded);
  }

  private static boolean allows(String nodeId, Set<String> only, Set<String> excluded) {
    return !excluded.contains(nodeId) && (only.isEmpty() || only.contains(nodeId));
  }
}
