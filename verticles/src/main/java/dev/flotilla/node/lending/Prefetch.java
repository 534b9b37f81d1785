package dev.flotilla.node.lending;

import dev.flotilla.sharding.store.FetchListener;
import dev.flotilla.sharding.store.StageFetcher;
import dev.flotilla.sharding.store.StageKey;
import dev.flotilla.sharding.store.StageProgress;
import dev.flotilla.sharding.store.StageSlice;
import dev.flotilla.tokens.NodeId;
import java.io.IOException;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Fetches slices of stages that may come here one day, one after the other. */
final class Prefetch implements FetchListener {
  private static final Logger log = LoggerFactory.getLogger(Prefetch.class);

  private final StageHosting node;
  private final AtomicReference<Optional<StageKey>> fetching =
      new AtomicReference<>(Optional.empty());
  private volatile boolean closed;

  Prefetch(StageHosting node) {
    this.node = node;
  }

  /** Begins to fetch a slice, unless another one is being fetched: heads ask again. */
  void begin(NodeId head, StageKey slice) {
    if (!closed && fetching.compareAndSet(Optional.empty(), Optional.of(slice))) {
      Thread.ofVirtual().name("prefetch").start(() -> fetch(head, slice));
    }
  }

  private void fetch(NodeId head, StageKey slice) {
    try (SliceSources sources =
            new SliceSources(
                node.vertx(),
                node.peers(),
                node.linkOf(),
                SliceSources.holders(head, slice.contentId(), node.workers()));
        StageSlice kept =
            new StageFetcher(node.slices(), sources, this).fetch(slice, () -> closed)) {
      log.info("{} is kept for the case that it is needed: {}", slice, kept.file().getFileName());
    } catch (IOException e) {
      log.info("{} can't be fetched ahead: {}", slice, e.getMessage());
    } catch (RuntimeException e) {
      log.error("{} can't be fetched ahead", slice, e);
    } finally {
      fetching.set(Optional.empty());
    }
  }

  @Override
  public void progress(StageProgress progress) {
    log.debug("{}", progress);
  }

  @Override
  public void blamed(String nodeId, String reason) {
    log.warn("node {} sent what was not asked for: {}", nodeId, reason);
  }

  void close() {
    closed = true;
  }
}
