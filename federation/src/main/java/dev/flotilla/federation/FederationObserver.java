package dev.flotilla.federation;

import dev.flotilla.engine.EngineException;

/** Hears of a gateway's decisions, for metrics and logs. Called on event loops; must not block. */
public interface FederationObserver {

  /** Hears nothing. */
  FederationObserver NONE = new FederationObserver() {};

  /** A session may begin, after having waited for so long until there was room. */
  default void entered(String modelId, long waitedNanos) {}

  /** A session was sent to a node, for the {@code attempt}-th time. */
  default void sent(String modelId, String nodeId, int attempt) {}

  /** A node began with a session, of whose prompt so much was cached. */
  default void admitted(String modelId, String nodeId, int cachedTokens) {}

  /** A node lost or refused a session. */
  default void lost(String modelId, String nodeId, EngineException cause) {}

  /** A session went on elsewhere; its reader saw nothing for so long. */
  default void resumed(String modelId, String nodeId, long pauseNanos) {}

  /** A node gets no sessions for a while. */
  default void ejected(String modelId, String nodeId) {}

  /** Tells another as well, after this one. */
  default FederationObserver and(FederationObserver other) {
    FederationObserver first = this;
    return new FederationObserver() {
      @Override
      public void entered(String modelId, long waitedNanos) {
        first.entered(modelId, waitedNanos);
        other.entered(modelId, waitedNanos);
      }

      @Override
      public void sent(String modelId, String nodeId, int attempt) {
        first.sent(modelId, nodeId, attempt);
        other.sent(modelId, nodeId, attempt);
      }

      @Override
      public void admitted(String modelId, String nodeId, int cachedTokens) {
        first.admitted(modelId, nodeId, cachedTokens);
        other.admitted(modelId, nodeId, cachedTokens);
      }

      @Override
      public void lost(String modelId, String nodeId, EngineException cause) {
        first.lost(modelId, nodeId, cause);
        other.lost(modelId, nodeId, cause);
      }

      @Override
      public void resumed(String modelId, String nodeId, long pauseNanos) {
        first.resumed(modelId, nodeId, pauseNanos);
        other.resumed(modelId, nodeId, pauseNanos);
      }

      @Override
      public void ejected(String modelId, String nodeId) {
        first.ejected(modelId, nodeId);
        other.ejected(modelId, nodeId);
      }
    };
  }
}
