package dev.flotilla.sharding.plan;

/** How well a node's speed on a model is known, the best first. */
public enum CostBasis {
  /** Measured with this model's shape. */
  MEASURED,
  /** Scaled by bytes from another shape that was measured there. */
  SCALED,
  /** Nothing was measured there: as fast as the swarm's median node. */
  ASSUMED
}
