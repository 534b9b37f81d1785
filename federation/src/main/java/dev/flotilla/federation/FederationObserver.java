package dev.flotilla.federation;

import dev.flotilla.engine.EngineException;

/** Hears of a gateway's decisions, for metrics and logs. Called on event loops; must not block. */
public interface FederationObserver {

  /** Hears nothing. */
  FederationObserver NONE = new FederationObserver() {};

  /** A session was sent to a node, for the {@code attempt}-th time. */
  default void sent(String modelId, String nodeId, int attempt) {}

  /** A node lost or refused a session. */
  default void lost(String modelId, String nodeId, EngineException cause) {}

  /** A session went on elsewhere; its reader saw nothing for so long. */
  default void resumed(String modelId, String nodeId, long pauseNanos) {}

  /** A node gets no sessions for a while. */
  default void ejected(String modelId, String nodeId) {}
}
