package dev.flotilla.federation;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.BiPredicate;
import java.util.function.Predicate;

/** The policies besides {@link PredictedRouting}. */
public final class RoutingPolicies {
  private static final String FIXED = "fixed:";

  private RoutingPolicies() {}

  /** Fewest sessions per slot first; ties at random. */
  public static RoutingPolicy leastLoaded() {
    return (replicas, request, moment) -> {
      List<Replica> ranked = shuffled(replicas, moment);
      ranked.sort(
          Comparator.comparingDouble(
              replica -> replica.load().sessions() / replica.announcement().slots()));
      return ranked;
    };
  }

  /** Each in its turn, in the order of node ids. */
  public static RoutingPolicy roundRobin() {
    return (replicas, request, moment) -> {
      List<Replica> ranked = new ArrayList<>(replicas);
      ranked.sort(Comparator.comparing(Replica::nodeId));
      Collections.rotate(ranked, -(int) Math.floorMod(moment.turn(), (long) ranked.size()));
      return ranked;
    };
  }

  /** Any. */
  public static RoutingPolicy random() {
    return (replicas, request, moment) -> shuffled(replicas, moment);
  }

  /** One node as long as it is there; then as another policy has it. */
  public static RoutingPolicy fixed(Predicate<String> nodeId, RoutingPolicy otherwise) {
    return (replicas, request, moment) -> {
      List<Replica> ranked = new ArrayList<>(otherwise.rank(replicas, request, moment));
      ranked.sort(Comparator.comparing(replica -> !nodeId.test(replica.nodeId())));
      return ranked;
    };
  }

  /**
   * The policy of a name: {@code predicted}, {@code least-loaded}, {@code round-robin}, {@code
   * random}, or {@code fixed:NODE}.
   *
   * @param isCalled whether the node of an id is called as the user wrote
   */
  public static Optional<RoutingPolicy> named(String name, BiPredicate<String, String> isCalled) {
    return switch (name) {
      case "predicted" -> Optional.of(new PredictedRouting());
      case "least-loaded" -> Optional.of(leastLoaded());
      case "round-robin" -> Optional.of(roundRobin());
      case "random" -> Optional.of(random());
      default -> {
        String node = name.startsWith(FIXED) ? name.substring(FIXED.length()) : "";
        yield node.isEmpty()
            ? Optional.empty()
            : Optional.of(fixed(id -> isCalled.test(id, node), new PredictedRouting()));
      }
    };
  }

  static List<Replica> shuffled(List<Replica> replicas, RoutingPolicy.Moment moment) {
    List<Replica> order = new ArrayList<>(replicas);
    for (int i = order.size() - 1; i > 0; i--) {
      Collections.swap(order, i, moment.random().nextInt(i + 1));
    }
    return order;
  }
}
