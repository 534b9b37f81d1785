package dev.flotilla.node.placement;

import dev.flotilla.sharding.store.StageSlice;
import java.io.IOException;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/** The slice for this node's own stage: cut when it is first asked for, and then kept. */
final class OwnSlice implements AutoCloseable {
  private final Cutter cutter;
  private volatile boolean closed;
  private @Nullable StageSlice slice;

  /** Cuts a slice. */
  @FunctionalInterface
  interface Cutter {
    /**
     * Does it. Blocks.
     *
     * @param cancelled asked at least twice a second
     */
    StageSlice cut(BooleanSupplier cancelled) throws IOException;
  }

  OwnSlice(Cutter cutter) {
    this.cutter = cutter;
  }

  /** The slice. Blocks while it is being cut. */
  synchronized StageSlice get() throws IOException {
    if (slice == null) {
      slice = cutter.cut(() -> closed);
    }
    return slice;
  }

  /** Lets go of the slice, or of cutting it. */
  @Override
  public void close() {
    closed = true;
    release();
  }

  private synchronized void release() {
    if (slice != null) {
      slice.close();
    }
  }
}
