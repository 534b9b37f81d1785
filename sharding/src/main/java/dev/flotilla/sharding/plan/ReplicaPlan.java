package dev.flotilla.sharding.plan;

import java.util.List;

/**
 * Pipelines of one model side by side.
 *
 * @param replicas no two on the same node; empty if not even one fits
 */
public record ReplicaPlan(List<Plan> replicas) {

  public ReplicaPlan {
    replicas = List.copyOf(replicas);
  }

  /** Tokens per second of all slots of all replicas together. */
  public double throughput() {
    return replicas.stream().mapToDouble(plan -> plan.prediction().throughput()).sum();
  }
}
