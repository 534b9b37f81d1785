package dev.flotilla.node.api;

import io.vertx.core.http.HttpConnection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Bounds the open connections, and closes those on which nothing is asked: kept alive for too long,
 * or stuck in the middle of a request's head. A connection whose request is being answered is never
 * idle, however long the answer takes. One event loop only.
 */
final class ConnectionGuard {
  private final int most;
  private final long idleNanos;
  private final ApiMetrics metrics;
  private final Map<HttpConnection, Activity> connections = new HashMap<>();

  ConnectionGuard(int most, long idleNanos, ApiMetrics metrics) {
    this.most = most;
    this.idleNanos = idleNanos;
    this.metrics = metrics;
  }

  private static final class Activity {
    int requests;
    long sinceNanos = System.nanoTime();
  }

  void opened(HttpConnection connection) {
    if (connections.size() >= most) {
      connection.close();
      return;
    }
    connections.put(connection, new Activity());
    metrics.connections(connections.size());
    connection.closeHandler(closed -> {
      connections.remove(connection);
      metrics.connections(connections.size());
    });
  }

  void requestBegan(HttpConnection connection) {
    Activity activity = connections.get(connection);
    if (activity != null) {
      activity.requests++;
    }
  }

  void requestEnded(HttpConnection connection) {
    Activity activity = connections.get(connection);
    if (activity != null) {
      activity.requests--;
      activity.sinceNanos = System.nanoTime();
    }
  }

  /** Closes what has been idle for too long; to be called now and then. */
  void sweep(long nowNanos) {
    List<HttpConnection> idle =
        connections.entrySet().stream()
            .filter(each -> each.getValue().requests == 0)
            .filter(each -> nowNanos - each.getValue().sinceNanos > idleNanos)
            .map(Map.Entry::getKey)
            .toList();
    idle.forEach(HttpConnection::close);
  }

  /** Connections open now. */
  int open() {
    return connections.size();
  }
}
