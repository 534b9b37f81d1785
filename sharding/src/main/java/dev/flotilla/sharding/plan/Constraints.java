package dev.flotilla.sharding.plan;

import java.util.Collections;
import java.util.Map;
import java.util.Set;

/**
 * What a plan must honour.
 *
 * @param objective what to be best at
 * @param minNodes stages it has at least
 * @param maxNodes stages it has at most
 * @param pinned nodes that must be in it
 * @param excluded nodes that must not
 * @param labels that every node of it has
 * @param roles that every node of it has
 * @param batteryLast whether nodes on battery are used only if it can't be done without them
 * @param contextTokens positions of one session
 * @param slots sessions at once
 * @param headroom share of a stage's memory that is kept free besides
 * @param promptTokens length of the prompt for which the time to the first token is predicted
 */
public record Constraints(
    Objective objective,
    int minNodes,
    int maxNodes,
    Set<String> pinned,
    Set<String> excluded,
    Map<String, String> labels,
    Set<NodeRole> roles,
    boolean batteryLast,
    int contextTokens,
    int slots,
    double headroom,
    int promptTokens) {

  /** A short stream on any workers, as fast as can be. */
  public static final Constraints DEFAULT =
      new Constraints(
          Objective.LATENCY,
          1,
          Integer.MAX_VALUE,
          Set.of(),
          Set.of(),
          Map.of(),
          Set.of(NodeRole.WORKER),
          true,
          4096,
          1,
          0.1,
          512);

  public Constraints {
    pinned = Set.copyOf(pinned);
    excluded = Set.copyOf(excluded);
    labels = Map.copyOf(labels);
    roles = Set.copyOf(roles);
    if (minNodes < 1 || maxNodes < minNodes) {
      throw new IllegalArgumentException("from %d to %d nodes".formatted(minNodes, maxNodes));
    }
    if (contextTokens < 1 || slots < 1 || promptTokens < 1) {
      throw new IllegalArgumentException(
          "context of %d, %d slots, prompt of %d".formatted(contextTokens, slots, promptTokens));
    }
    if (!(headroom >= 0 && headroom <= 1)) {
      throw new IllegalArgumentException("headroom of %s".formatted(headroom));
    }
    if (!Collections.disjoint(pinned, excluded)) {
      throw new IllegalArgumentException(
          "pinned %s, excluded %s: one node is both".formatted(pinned, excluded));
    }
  }

  /** The same between so many nodes. */
  public Constraints withNodes(int min, int max) {
    return new Constraints(
        objective,
        min,
        max,
        pinned,
        excluded,
        labels,
        roles,
        batteryLast,
        contextTokens,
        slots,
        headroom,
        promptTokens);
  }

  /** The same for another objective. */
  public Constraints withObjective(Objective other) {
    return new Constraints(
        other,
        minNodes,
        maxNodes,
        pinned,
        excluded,
        labels,
        roles,
        batteryLast,
        contextTokens,
        slots,
        headroom,
        promptTokens);
  }

  /** The same for sessions of such a size. */
  public Constraints withSessions(int slotCount, int context) {
    return new Constraints(
        objective,
        minNodes,
        maxNodes,
        pinned,
        excluded,
        labels,
        roles,
        batteryLast,
        context,
        slotCount,
        headroom,
        promptTokens);
  }

  /** The same with these nodes in it and those not. */
  public Constraints withPinned(Set<String> in, Set<String> out) {
    return new Constraints(
        objective,
        minNodes,
        maxNodes,
        in,
        out,
        labels,
        roles,
        batteryLast,
        contextTokens,
        slots,
        headroom,
        promptTokens);
  }

  /** The same on nodes that all have these labels. */
  public Constraints withLabels(Map<String, String> wanted) {
    return new Constraints(
        objective,
        minNodes,
        maxNodes,
        pinned,
        excluded,
        wanted,
        roles,
        batteryLast,
        contextTokens,
        slots,
        headroom,
        promptTokens);
  }

  /** Tokens of KV cache that every layer holds. */
  long cachedTokens() {
    return (long) slots * contextTokens;
  }

  /** Streams whose common speed the objective asks for. */
  int streams() {
    return switch (objective) {
      case LATENCY -> 1;
      case THROUGHPUT -> slots;
    };
  }
}
