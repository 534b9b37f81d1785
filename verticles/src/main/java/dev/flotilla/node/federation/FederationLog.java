package dev.flotilla.node.federation;

import dev.flotilla.engine.EngineException;
import dev.flotilla.federation.FederationObserver;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Writes down what clients might notice, or would have without a gateway. */
final class FederationLog implements FederationObserver {
  private static final Logger log = LoggerFactory.getLogger(FederationLog.class);

  private final Neighbours neighbours;

  FederationLog(Neighbours neighbours) {
    this.neighbours = neighbours;
  }

  @Override
  public void sent(String modelId, String nodeId, int attempt) {
    // Every request comes here, and names cost something.
    if (log.isDebugEnabled()) {
      log.debug("model {}: attempt {} at node {}", modelId, attempt, neighbours.name(nodeId));
    }
  }

  @Override
  public void lost(String modelId, String nodeId, EngineException cause) {
    log.info(
        "model {}: node {} gave up a session: {}: {}",
        modelId,
        neighbours.name(nodeId),
        cause.failure(),
        cause.getMessage());
  }

  @Override
  public void resumed(String modelId, String nodeId, long pauseNanos) {
    log.info(
        "model {}: a session went on at node {} after {} ms",
        modelId,
        neighbours.name(nodeId),
        pauseNanos / 1_000_000);
  }

  @Override
  public void ejected(String modelId, String nodeId) {
    log.warn(
        "model {}: node {} gets no sessions for a while, it failed too many",
        modelId,
        neighbours.name(nodeId));
  }
}
