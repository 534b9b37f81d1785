package dev.flotilla.sharding.plan;

/** What a plan is to be best at. */
public enum Objective {
  /** The least time between the tokens of one lone stream. */
  LATENCY,
  /** The most tokens per second over all slots. */
  THROUGHPUT
}
