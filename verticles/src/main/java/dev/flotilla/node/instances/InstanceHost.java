package dev.flotilla.node.instances;

import dev.flotilla.federation.state.Placement;
import dev.flotilla.sharding.PipelineStatus;
import io.vertx.core.Future;
import java.util.Map;
import java.util.Set;

/** What sets up and takes down the pipelines that a node drives for its swarm. Any thread. */
public interface InstanceHost {
  /** The model files of this node as they are now. Cheap. */
  Files files();

  /**
   * Sets a pipeline up.
   *
   * @return done once it begins to load; fails with what is wrong with it
   */
  Future<Driven> start(Placement placement);

  /**
   * The files of a node.
   *
   * @param digests of models' contents, by name
   * @param served models that it serves whatever the swarm decides
   */
  record Files(Map<String, String> digests, Set<String> served) {
    public Files {
      digests = Map.copyOf(digests);
      served = Set.copyOf(served);
    }
  }

  /** A pipeline that is set up. */
  interface Driven {
    /** How it is. Cheap. */
    PipelineStatus status();

    /**
     * Sets another build of the pipeline up, which gets no sessions while this one serves.
     *
     * @param next what it is to be
     * @return done once it begins to load; fails with what is wrong with it
     */
    Future<Driven> beside(Placement next);

    /**
     * Has this one, which was set up beside another and is ready, take that one's place: sessions
     * go on here. Done when nothing is left of the other.
     */
    Future<Void> takeOver();

    /** Ends it: its sessions may finish for a while. Done when it is gone. */
    Future<Void> stop();
  }
}
