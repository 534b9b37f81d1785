package dev.flotilla.node.cluster;

import com.hazelcast.core.HazelcastInstanceNotActiveException;
import com.hazelcast.ringbuffer.OverflowPolicy;
import com.hazelcast.ringbuffer.ReadResultSet;
import com.hazelcast.ringbuffer.Ringbuffer;
import com.hazelcast.ringbuffer.StaleSequenceException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;

/**
 * The latest of what members append for all to read, in order. It is quick and not sure: with the
 * member that holds it and its backup the log is gone, and begins anew.
 */
public final class SharedLog {
  private volatile Ringbuffer<byte[]> ring;

  SharedLog(Ringbuffer<byte[]> ring) {
    this.ring = ring;
  }

  /** This node is another member of the cluster now. */
  void attach(Ringbuffer<byte[]> next) {
    ring = next;
  }

  /**
   * Items read.
   *
   * @param next where to go on
   */
  public record Batch(List<byte[]> items, long next) {
    public Batch {
      items = List.copyOf(items);
    }
  }

  /** Appends an item; the oldest goes if there is no room. Completes on a cluster thread. */
  public CompletionStage<Long> append(byte[] item) {
    return unlessMoving(() -> ring.addAsync(item, OverflowPolicy.OVERWRITE));
  }

  private static <T> CompletionStage<T> unlessMoving(Supplier<CompletionStage<T>> work) {
    try {
      return work.get();
    } catch (HazelcastInstanceNotActiveException e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  /** Where the next item will be. Blocks. */
  public long end() {
    return ring.tailSequence() + 1;
  }

  /**
   * Reads items as soon as there is one. Completes on a cluster thread, exceptionally if the
   * cluster changes meanwhile; then reading goes on from {@link #restart}.
   *
   * @param position of the first that is wanted
   * @param max items at most
   */
  public CompletionStage<Batch> read(long position, int max) {
    return unlessMoving(
        () -> ring.readManyAsync(position, 1, max, null).thenApply(SharedLog::batch));
  }

  private static Batch batch(ReadResultSet<byte[]> read) {
    List<byte[]> items = new ArrayList<>();
    read.forEach(items::add);
    return new Batch(items, read.getNextSequenceToReadFrom());
  }

  /**
   * Where reading goes on after it failed: what was overwritten is skipped, and a log that began
   * anew is read from there; while this node moves to another address, nothing does. Blocks.
   */
  public long restart(long position, Throwable failure) {
    Throwable cause = failure instanceof CompletionException ? failure.getCause() : failure;
    if (cause instanceof StaleSequenceException stale) {
      return stale.getHeadSeq();
    }
    try {
      return Math.min(position, end());
    } catch (HazelcastInstanceNotActiveException _) {
      return position;
    }
  }
}
