package dev.flotilla.sharding.plan;

/** What a node runs on. */
public enum PowerSource {
  MAINS,
  BATTERY,
  /** The system does not tell; treated as mains. */
  UNKNOWN
}
