package dev.flotilla.tokens;

/** What a node may ask of others; {@link NodeRole} says who may. */
public enum Permission {
  /** Join the swarm: the cluster, the event bus, the links. */
  JOIN,
  /** Open sessions on other nodes' pipelines. */
  OPEN_SESSIONS,
  /** Host stages of pipelines that others drive. */
  HOST_STAGES,
  /** Fetch slices of models. */
  FETCH_SLICES,
  /** Place, move and unload models. */
  PLACE_MODELS,
  /** Mint invites and sign the certificates of newcomers. */
  ENROL_NODES,
  /** Throw nodes out. */
  REVOKE_NODES,
  /** Learn the swarm's secret when it is rotated. */
  HOLD_SECRET
}
