package dev.flotilla.federation;

import java.util.HashMap;
import java.util.Map;

/** The circuit breakers of a model's replicas, by node. Not thread-safe. */
final class CircuitBreakers {
  private final Map<String, CircuitBreaker> breakers = new HashMap<>();

  /** When nodes failed last. */
  private final Map<String, Long> failedNanos = new HashMap<>();

  /** How a session left a replica, as far as the replica is to blame. */
  enum Outcome {
    SERVED,
    FAILED,
    UNDECIDED
  }

  /** Whether a node may be sent sessions. */
  boolean admits(String nodeId, long nowNanos) {
    return breaker(nodeId).admits(nowNanos);
  }

  /** A session was sent there. */
  void sent(String nodeId) {
    breakers.computeIfPresent(nodeId, (_, breaker) -> breaker.sent());
  }

  /** A session got its first tokens: the replica is well, however long the answer takes. */
  void progressed(String nodeId) {
    breakers.remove(nodeId);
  }

  /**
   * A session left the replica that it was sent to. Those that a replica loses together are one
   * failure, as when its machine falls asleep: it may be well when it is there again.
   *
   * @param begunNanos when it was sent there
   * @return whether the node is sent nothing for a while, because of that
   */
  boolean left(String nodeId, long begunNanos, Outcome outcome, long nowNanos) {
    if (outcome == Outcome.FAILED) {
      Long last = failedNanos.get(nodeId);
      if (last != null && begunNanos - last <= 0) {
        return false;
      }
      failedNanos.put(nodeId, nowNanos);
    }
    CircuitBreaker before = breaker(nodeId);
    CircuitBreaker after =
        switch (outcome) {
          case SERVED -> before.succeeded();
          case FAILED -> before.failed(nowNanos);
          case UNDECIDED -> before.undecided();
        };
    if (after.equals(CircuitBreaker.CLOSED)) {
      breakers.remove(nodeId);
    } else {
      breakers.put(nodeId, after);
    }
    return after.openings() > before.openings();
  }

  /** A node is gone for good. */
  void forget(String nodeId) {
    breakers.remove(nodeId);
    failedNanos.remove(nodeId);
  }

  private CircuitBreaker breaker(String nodeId) {
    return breakers.getOrDefault(nodeId, CircuitBreaker.CLOSED);
  }
}
