package dev.flotilla.node.api;

import dev.flotilla.engine.SessionEvent.Admitted;
import dev.flotilla.sharding.ServedBy;
import io.vertx.core.http.HttpServerResponse;

/**
 * What an answer's headers tell of the way it went: the node that served it, how many replicas it
 * was sent to, and how much of its prompt was cached. A stream's head leaves with its first event,
 * so that what happens later is not in it; of several choices the first is told of.
 */
final class AnswerHeaders {
  static final String NODE = "x-flotilla-node";
  static final String ATTEMPTS = "x-flotilla-attempts";
  static final String CACHED_TOKENS = "x-flotilla-cached-tokens";

  private AnswerHeaders() {}

  static void servedBy(HttpServerResponse response, int index, ServedBy node) {
    if (index == 0 && !response.headWritten()) {
      response
          .putHeader(NODE, node.nodeId())
          .putHeader(ATTEMPTS, Integer.toString(node.attempts()));
    }
  }

  static void admitted(HttpServerResponse response, int index, Admitted event) {
    if (index == 0 && !response.headWritten()) {
      response.putHeader(CACHED_TOKENS, Integer.toString(event.cachedTokens()));
    }
  }
}
