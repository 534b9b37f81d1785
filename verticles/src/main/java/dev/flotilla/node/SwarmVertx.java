package dev.flotilla.node;

import dev.flotilla.node.auth.HandshakeWatch;
import dev.flotilla.node.cluster.SwarmCluster;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.eventbus.EventBusOptions;

/** The Vert.x of a member, whose event bus reaches the others. */
final class SwarmVertx {
  /**
   * Whatever is sent to a node that is gone waits until its silence is noticed. Seconds without an
   * answer are normal on a busy machine.
   */
  private static final long PING_MILLIS = 2_000;

  private static final long PONG_MILLIS = 5_000;

  private SwarmVertx() {}

  /**
   * Where the event bus listens and is reached.
   *
   * @param port 0 takes a free one
   */
  static EventBusOptions bus(SwarmOptions options, String advertisedHost, int port) {
    return new EventBusOptions()
        .setHost(options.bindHost())
        .setPort(port)
        .setClusterPingInterval(PING_MILLIS)
        .setClusterPingReplyInterval(PONG_MILLIS)
        .setClusterPublicHost(advertisedHost);
  }

  /** A Vert.x whose event bus listens. */
  static Future<Vertx> clustered(
      VertxOptions options, EventBusOptions bus, HandshakeWatch handshakes, SwarmCluster cluster) {
    return Vertx.builder()
        .with(new VertxOptions(options).setEventBusOptions(bus))
        .withTransport(handshakes.transport())
        .withClusterManager(cluster.eventBusManager())
        .buildClustered();
  }
}
