package dev.flotilla.sharding.plan;

/** What a node is willing to do for the swarm. */
public enum NodeRole {
  /** Hosts stages. */
  WORKER,
  /** Takes requests of clients. */
  GATEWAY
}
