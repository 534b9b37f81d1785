package dev.flotilla.node.instances;

import dev.flotilla.federation.scaling.ScalingOptions;
import java.util.Set;

/**
 * How pipelines follow requests.
 *
 * @param load whether a model that is known and not running is loaded at the first request
 * @param loadMillis how long requests wait for that
 * @param mostReplicas of a model that nobody has said anything about
 * @param scaling when pipelines are added and removed, while this node leads
 * @param rebalance whether pipelines are moved to better plans, while this node leads
 * @param heads nodes that may drive what is loaded for requests of this node's clients; empty for
 *     all
 */
public record DemandOptions(
    boolean load,
    long loadMillis,
    int mostReplicas,
    ScalingOptions scaling,
    boolean rebalance,
    Set<String> heads) {
  public DemandOptions {
    heads = Set.copyOf(heads);
    if (loadMillis < 1 || mostReplicas < 1 || mostReplicas > PlacementWish.MANY) {
      throw new IllegalArgumentException(
          "load within %d ms, %d replicas".formatted(loadMillis, mostReplicas));
    }
  }
}
