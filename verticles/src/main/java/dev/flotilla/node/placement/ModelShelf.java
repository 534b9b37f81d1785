package dev.flotilla.node.placement;

import dev.flotilla.gguf.GgufModel;
import dev.flotilla.sharding.store.FetchListener;
import dev.flotilla.sharding.store.LocalRangeSource;
import dev.flotilla.sharding.store.ManifestLibrary;
import dev.flotilla.sharding.store.OwnedModels;
import dev.flotilla.sharding.store.SliceStore;
import dev.flotilla.sharding.store.StageFetcher;
import dev.flotilla.sharding.store.StageKey;
import dev.flotilla.sharding.store.StageProgress;
import dev.flotilla.sharding.store.StageSlice;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** This node's own models: published to workers, and cut for its own stages. Blocks. */
public final class ModelShelf implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(ModelShelf.class);
  private static final long TOLD_EVERY_NANOS = 2_000_000_000;

  private final ManifestLibrary manifests;
  private final OwnedModels owned;
  private final SliceStore slices;

  /**
   * A shelf.
   *
   * @param owned where models are published; what is served to others
   * @param slices where slices for own stages are kept
   */
  public ModelShelf(ManifestLibrary manifests, OwnedModels owned, SliceStore slices) {
    this.manifests = manifests;
    this.owned = owned;
    this.slices = slices;
  }

  /** Publishes a model, which for the first time reads all of it; its content id. */
  String publish(String id, GgufModel model) throws IOException, InterruptedException {
    AtomicLong toldNanos = new AtomicLong(System.nanoTime());
    try {
      return owned.publish(
          model,
          manifests
              .manifest(
                  model,
                  part -> {
                    if (System.nanoTime() - toldNanos.get() > TOLD_EVERY_NANOS) {
                      toldNanos.set(System.nanoTime());
                      log.info("model {}: {}% read for its manifest", id, Math.round(100 * part));
                    }
                  })
              .get());
    } catch (ExecutionException e) {
      throw new IOException("the manifest can't be made: " + e.getCause(), e);
    }
  }

  /** A slice for a stage of this node. */
  StageSlice slice(StageKey key, BooleanSupplier cancelled) throws IOException {
    return new StageFetcher(slices, () -> List.of(new LocalRangeSource(owned)), new Silent())
        .fetch(key, cancelled);
  }

  @Override
  public void close() {
    manifests.close();
  }

  /** This node does not lie to itself, and copies fast. */
  private static final class Silent implements FetchListener {
    @Override
    public void progress(StageProgress progress) {
      log.debug("{}", progress);
    }

    @Override
    public void blamed(String nodeId, String reason) {
      log.warn("a model's file has changed while it was cut: {}", reason);
    }
  }
}
