package dev.flotilla.sharding.plan;

import java.util.List;
import java.util.Optional;

/**
 * What the planner found.
 *
 * @param plans the best first, no two on the same nodes; empty if there is none
 * @param rejections what is not in the best plan, and why
 */
public record PlanReport(List<Plan> plans, List<Rejection> rejections) {

  public PlanReport {
    plans = List.copyOf(plans);
    rejections = List.copyOf(rejections);
  }

  public Optional<Plan> best() {
    return plans.stream().findFirst();
  }
}
