package dev.flotilla.federation;

import dev.flotilla.sharding.Pipeline;
import io.vertx.core.Future;
import java.util.Optional;

/** The replicas that a gateway knows of, and its ways to them. Any thread. */
public interface Replicas {

  /** The replicas that are alive. */
  ReplicaDirectory directory();

  /** The way to a replica; empty if there is none right now. */
  Optional<Link> link(String nodeId, String modelId);

  /**
   * A node said that it does not serve a model, though it was announced: it counts as no replica
   * until it announces the model anew.
   *
   * @param replica as it was known when its node was asked
   * @return done once {@link #directory} is without it
   */
  Future<Void> gone(ReplicaAnnouncement replica);

  /** A way to one replica. */
  interface Link {
    /** The replica. */
    Pipeline pipeline();

    /** How it is right now, in one round trip. */
    Future<ReplicaAnnouncement> probe();

    /** The measured round trip to it, 0 on this node. */
    double roundTripSeconds();
  }
}
