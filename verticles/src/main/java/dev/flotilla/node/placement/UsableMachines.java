package dev.flotilla.node.placement;

import dev.flotilla.sharding.plan.LayerCost;
import dev.flotilla.sharding.plan.ModelShape;
import dev.flotilla.sharding.plan.PowerSource;
import java.util.Map;
import java.util.Set;

/**
 * Which machines count when a pipeline that runs is planned anew: those that are measured, and
 * batteries only where it is on them. Pure.
 *
 * @param model that it runs
 * @param busy nodes that it is on
 */
public record UsableMachines(ModelShape model, Set<String> busy) {
  public UsableMachines {
    busy = Set.copyOf(busy);
  }

  /**
   * Whether a machine counts.
   *
   * @param layerCosts what was measured there
   */
  public boolean include(String nodeId, PowerSource power, Map<String, LayerCost> layerCosts) {
    boolean powered = power != PowerSource.BATTERY || busy.contains(nodeId);
    return powered && model.isMeasuredIn(layerCosts);
  }
}
