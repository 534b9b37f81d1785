package dev.flotilla.sharding.plan;

/**
 * Why an option is not the one.
 *
 * @param option a node's id, or what else was considered
 * @param reason why, for programs
 * @param detail why, for people
 */
public record Rejection(String option, Reason reason, String detail) {

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
