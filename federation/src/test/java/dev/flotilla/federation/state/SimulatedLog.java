package dev.flotilla.federation.state;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** A ring buffer that is slow, forgets its oldest entries, and now and then loses an append. */
final class SimulatedLog {
  private static final int CAPACITY = 100;

  /** Entries read, and where to go on. */
  record Batch(List<byte[]> entries, long next) {}

  private record Reader(long sequence, int max, CompletableFuture<Batch> batch) {}

  private final Scheduler scheduler;
  private final SplittableRandom random;
  private final List<byte[]> entries;
  private final List<Reader> waiting = new ArrayList<>();
  private long next;
  double loss;

  SimulatedLog(Scheduler scheduler, SplittableRandom random) {
    this(scheduler, random, List.of(), 0);
  }

  private SimulatedLog(
      Scheduler scheduler, SplittableRandom random, List<byte[]> entries, long next) {
    this.scheduler = scheduler;
    this.random = random;
    this.entries = new ArrayList<>(entries);
    this.next = next;
  }

  /** What one side of a partition goes on with. */
  SimulatedLog copy() {
    SimulatedLog copy = new SimulatedLog(scheduler, random, entries, next);
    copy.loss = loss;
    return copy;
  }

  /** What is lost with the node that held it, before a backup was made. */
  void loseLast(int count) {
    for (int i = 0; i < count && !entries.isEmpty(); i++) {
      entries.removeLast();
      next--;
    }
  }

  public CompletionStage<Long> append(byte[] entry) {
    CompletableFuture<Long> appended = new CompletableFuture<>();
    double luck = random.nextDouble();
    scheduler.after(
        1 + random.nextInt(5),
        () -> {
          if (luck < loss) {
            appended.completeExceptionally(new IOException("lost"));
            return;
          }
          entries.add(entry);
          next++;
          if (entries.size() > CAPACITY) {
            entries.removeFirst();
          }
          if (luck < 2 * loss) {
            appended.completeExceptionally(new IOException("appended, and the answer is lost"));
          } else {
            appended.complete(next - 1);
          }
          List<Reader> readers = List.copyOf(waiting);
          waiting.clear();
          readers.forEach(this::serve);
        });
    return appended;
  }

  public CompletionStage<Batch> read(long sequence, int max) {
    CompletableFuture<Batch> batch = new CompletableFuture<>();
    serve(new Reader(Math.min(sequence, next), max, batch));
    return batch;
  }

  private void serve(Reader reader) {
    if (reader.sequence() >= next) {
      waiting.add(reader);
      return;
    }
    long first = next - entries.size();
    int from = (int) (Math.max(reader.sequence(), first) - first);
    int to = Math.min(entries.size(), from + reader.max());
    Batch batch = new Batch(entries.subList(from, to), first + to);
    scheduler.after(1 + random.nextInt(20), () -> reader.batch().complete(batch));
  }
}
