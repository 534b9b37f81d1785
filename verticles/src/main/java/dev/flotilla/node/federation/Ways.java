package dev.flotilla.node.federation;

import dev.flotilla.federation.MeteredPipeline;
import dev.flotilla.federation.ReplicaAnnouncement;
import dev.flotilla.federation.Replicas.Link;
import dev.flotilla.federation.link.RemotePipeline;
import dev.flotilla.sharding.ModelCard;
import dev.flotilla.sharding.Pipeline;
import dev.flotilla.sharding.PipelineStatus;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.net.SocketAddress;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** A gateway's ways to replicas: through the links' port of other nodes, or on this one. */
final class Ways {
  /** A head that has shown no sign of life for so long while a reader waits is given up at last. */
  static final long SILENCE_MILLIS = 1_200;

  private final Vertx vertx;
  private final Neighbours neighbours;
  private final Consumer<String> linkLost;
  private final Map<Key, Way> ways = new ConcurrentHashMap<>();

  private record Key(String nodeId, String modelId) {}

  private sealed interface Way extends Link {}

  /** Nothing lies between. */
  private record Here(MeteredPipeline pipeline, Supplier<ReplicaAnnouncement> announcement)
      implements Way {
    @Override
    public Future<ReplicaAnnouncement> probe() {
      return Future.succeededFuture(announcement.get());
    }

    @Override
    public double roundTripSeconds() {
      return 0;
    }
  }

  private record There(
      String nodeId, SocketAddress address, RemotePipeline remote, Neighbours neighbours)
      implements Way {
    @Override
    public Pipeline pipeline() {
      return remote;
    }

    @Override
    public Future<ReplicaAnnouncement> probe() {
      return remote.probe();
    }

    @Override
    public double roundTripSeconds() {
      return neighbours.roundTripMillis(nodeId).orElse(0) / 1e3;
    }
  }

  /**
   * No ways yet.
   *
   * @param linkLost told of nodes that can't be reached; on any event loop
   */
  Ways(Vertx vertx, Neighbours neighbours, Consumer<String> linkLost) {
    this.vertx = vertx;
    this.neighbours = neighbours;
    this.linkLost = linkLost;
  }

  /** The way to a replica; empty if there is none right now. Any thread. */
  Optional<Link> find(String nodeId, String modelId) {
    return Optional.ofNullable(ways.get(new Key(nodeId, modelId)));
  }

  /** The way to a replica on this node. */
  void here(HostedModels.Hosting hosting) {
    String model = hosting.model().card().id();
    ways.put(new Key(neighbours.own(), model), new Here(hosting.pipeline(), hosting::announcement));
  }

  /** There is no replica on this node any more. */
  void gone(String modelId) {
    ways.remove(new Key(neighbours.own(), modelId));
  }

  /** The way to a replica on another node, which may have moved to another port. */
  void there(String nodeId, ModelCard model, Supplier<PipelineStatus> status) {
    Key key = new Key(nodeId, model.id());
    Optional<SocketAddress> address = neighbours.link(nodeId);
    if (address.isEmpty()) {
      return;
    }
    @Nullable Way known = ways.get(key);
    if (!(known instanceof There there && there.address().equals(address.get()))) {
      RemotePipeline remote =
          new RemotePipeline(
              vertx,
              neighbours.sessionClient(nodeId),
              address.get(),
              model,
              status,
              SILENCE_MILLIS,
              () -> linkLost.accept(nodeId));
      ways.put(key, new There(nodeId, address.get(), remote, neighbours));
    }
  }

  /** A node is gone. */
  void forget(String nodeId) {
    ways.keySet().removeIf(key -> key.nodeId().equals(nodeId));
  }
}
