package dev.flotilla.node.lending;

import dev.flotilla.node.auth.PeerPlane;
import dev.flotilla.sharding.store.PeerRangeSource;
import dev.flotilla.sharding.store.RangeSource;
import dev.flotilla.tokens.NodeId;
import dev.flotilla.tokens.PeerAddress;
import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Supplier;

/** Who may have a model, as sources to fetch it from: its owner, and workers that say so. */
final class SliceSources implements Supplier<List<RangeSource>>, AutoCloseable {
  private final Vertx vertx;
  private final PeerPlane peers;
  private final Function<NodeId, Optional<PeerAddress>> linkOf;
  private final Supplier<Set<NodeId>> holders;
  private final Map<NodeId, Known> known = new HashMap<>();

  private record Known(PeerAddress address, PeerRangeSource source) {}

  /**
   * Sources of one model.
   *
   * @param linkOf where a node's link port is
   * @param holders nodes that may have it now
   */
  SliceSources(
      Vertx vertx,
      PeerPlane peers,
      Function<NodeId, Optional<PeerAddress>> linkOf,
      Supplier<Set<NodeId>> holders) {
    this.vertx = vertx;
    this.peers = peers;
    this.linkOf = linkOf;
    this.holders = holders;
  }

  /** Those of a head and of all workers that have slices of a model. */
  static Supplier<Set<NodeId>> holders(NodeId head, String model, WorkerDirectory directory) {
    return () -> {
      Set<NodeId> holders = new LinkedHashSet<>();
      holders.add(head);
      directory
          .offers()
          .forEach((worker, offer) -> {
            if (offer.slices().stream().anyMatch(slice -> slice.contentId().equals(model))) {
              holders.add(worker);
            }
          });
      return holders;
    };
  }

  @Override
  public synchronized List<RangeSource> get() {
    List<RangeSource> sources = new ArrayList<>();
    for (NodeId holder : holders.get()) {
      linkOf.apply(holder).map(address -> source(holder, address)).ifPresent(sources::add);
    }
    return sources;
  }

  private RangeSource source(NodeId node, PeerAddress address) {
    Known before = known.get(node);
    if (before != null && before.address().equals(address)) {
      return before.source();
    }
    if (before != null) {
      before.source().close();
    }
    PeerRangeSource source =
        new PeerRangeSource(
            vertx, peers.clientOptions(node), node.hex(), address.host(), address.port());
    known.put(node, new Known(address, source));
    return source;
  }

  @Override
  public synchronized void close() {
    known.values().forEach(each -> each.source().close());
    known.clear();
  }
}
