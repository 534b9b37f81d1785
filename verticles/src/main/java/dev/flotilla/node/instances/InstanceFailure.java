package dev.flotilla.node.instances;

/** Why the swarm does not do what it is asked for. */
public enum InstanceFailure {
  /** The request makes no sense. */
  INVALID,
  /** No node has a file of the model. */
  UNKNOWN_MODEL,
  /** There is no such pipeline. */
  UNKNOWN_INSTANCE,
  /** It contradicts what was decided before. */
  CONFLICT,
  /** The model can't be anywhere now. */
  NO_PLAN,
  /** This node may not ask for it. */
  NOT_PERMITTED,
  /** Too few nodes are in sight to decide anything, or nobody answered. */
  UNDECIDED,
  /** Too many commands wait. */
  BUSY
}
