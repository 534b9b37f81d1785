package dev.flotilla.federation.link;

import dev.flotilla.federation.ModelDescription;
import dev.flotilla.federation.ReplicaAnnouncement;
import dev.flotilla.sharding.Pipeline;
import java.util.Optional;

/** The replicas that a node is head of. Any thread. */
public interface HostedReplicas {

  /** The replica of a model. */
  Optional<Hosted> find(String modelId);

  /** One replica. */
  interface Hosted {
    /** The replica itself. */
    Pipeline pipeline();

    /** How it is right now. */
    ReplicaAnnouncement announcement();

    /** The {@link ModelDescription} of its model, encoded; not copied. */
    byte[] description();
  }
}
