package dev.flotilla.node.placement;

import dev.flotilla.engine.process.StageRole.LinkIdentity;
import dev.flotilla.node.auth.PeerPlane;
import dev.flotilla.node.lending.WorkerDirectory;
import dev.flotilla.node.lending.WorkerOffer;
import dev.flotilla.sharding.plan.Topology;
import dev.flotilla.tokens.NodeId;
import dev.flotilla.tokens.PeerAddress;
import io.vertx.core.Vertx;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import java.util.function.Supplier;

/**
 * What placing stages needs of the node that does it.
 *
 * @param id this node
 * @param peers HTTP between nodes
 * @param linkOf where a node's link port is
 * @param workers who lends what
 * @param measured what is known of the machines and the ways between them
 * @param areTwins whether nodes' machines are known to be built alike
 * @param identity keys for a new engine process
 * @param freeBytes memory that this node's own stages may take
 * @param shelf this node's models
 * @param version of Flotilla
 */
public record Head(
    Vertx vertx,
    NodeId id,
    PeerPlane peers,
    Function<NodeId, Optional<PeerAddress>> linkOf,
    WorkerDirectory workers,
    Supplier<Topology> measured,
    Predicate<Collection<NodeId>> areTwins,
    Supplier<LinkIdentity> identity,
    LongSupplier freeBytes,
    ModelShelf shelf,
    String version) {

  /**
   * What is lent by workers that stages can be ordered from: a worker's offer may be heard before
   * where its link port is.
   */
  Map<NodeId, WorkerOffer> offers() {
    Map<NodeId, WorkerOffer> offers = new HashMap<>(workers.offers());
    offers.keySet().removeIf(worker -> linkOf.apply(worker).isEmpty());
    return offers;
  }
}
