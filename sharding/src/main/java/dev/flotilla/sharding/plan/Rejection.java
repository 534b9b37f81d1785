package dev.flotilla.sharding.plan;

import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * Why an option is not the one.
 *
 * @param option a node's id, or what else was considered
 * @param reason why, for programs
 * @param detail why, for people
 */
public record Rejection(String option, Reason reason, String detail) {

  /** That of a node without the labels that are asked for; empty if it has them all. */
  public static Optional<Rejection> unlabelled(
      String nodeId, Map<String, String> labels, Map<String, String> wanted) {
    String missing =
        wanted.entrySet().stream()
            .filter(label -> !label.getValue().equals(labels.get(label.getKey())))
            .map(Map.Entry::toString)
            .sorted()
            .collect(Collectors.joining(", "));
    return missing.isEmpty()
        ? Optional.empty()
        : Optional.of(new Rejection(nodeId, Reason.LABEL, "it is not labelled " + missing));
  }

  /** Why. */
  public enum Reason {
    /** The constraints exclude it. */
    EXCLUDED,
    /** It lacks a role. */
    ROLE,
    /** It lacks a label. */
    LABEL,
    /** It runs on battery, and it can be done without. */
    BATTERY,
    /** It has no room for what it would have to hold. */
    MEMORY,
    /** Messages can't go where they would have to. */
    UNREACHABLE,
    /** The model can't be cut so. */
    CUT,
    /** There are too few or too many nodes. */
    NODE_COUNT,
    /** No such node. */
    UNKNOWN_NODE,
    /** It would be slower. */
    SLOWER
  }
}
