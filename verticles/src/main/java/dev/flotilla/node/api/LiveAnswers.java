package dev.flotilla.node.api;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * The answers being generated, so that a node can stop without cutting them off. One event loop.
 */
final class LiveAnswers {

  /** An answer being generated. */
  @FunctionalInterface
  interface Live {
    /** Ends it with an error. */
    void fail(Throwable cause);
  }

  private final Set<Live> live = new HashSet<>();
  private final Promise<Void> drained = Promise.promise();
  private boolean draining;

  /** Takes a new one, or refuses it while the node stops. */
  void add(Live answer) {
    if (draining) {
      throw shuttingDown();
    }
    live.add(answer);
  }

  void remove(Live answer) {
    live.remove(answer);
    if (draining && live.isEmpty()) {
      drained.tryComplete();
    }
  }

  /** Takes no more from now on; completes when the last has ended. */
  Future<Void> drain() {
    draining = true;
    if (live.isEmpty()) {
      drained.tryComplete();
    }
    return drained.future();
  }

  /** Ends those that are left with an error. */
  void abort() {
    List.copyOf(live).forEach(answer -> answer.fail(shuttingDown()));
  }

  /** Answers being generated now. */
  int size() {
    return live.size();
  }

  private static ApiException shuttingDown() {
    return new ApiException(ApiFailure.SHUTTING_DOWN, "This node is shutting down.");
  }
}
