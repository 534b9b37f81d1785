package dev.flotilla.node.lending;

import dev.flotilla.tokens.NodeId;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/** Who lends what, as far as is known here. Safe for threads. */
public final class WorkerDirectory {
  /** An offer that was not repeated for so long is over. */
  static final long LIFETIME_NANOS = 5_000_000_000L;

  /** More workers are not remembered. */
  static final int MAX_WORKERS = 4_096;

  private final Supplier<Collection<NodeId>> members;
  private final LongSupplier nanoTime;
  private final Map<NodeId, Heard> workers = new HashMap<>();

  private record Heard(WorkerOffer offer, long atNanos) {}

  /**
   * An empty directory.
   *
   * @param members of the swarm now: who has left lends nothing
   */
  public WorkerDirectory(Supplier<Collection<NodeId>> members, LongSupplier nanoTime) {
    this.members = members;
    this.nanoTime = nanoTime;
  }

  /** Takes note of an offer. */
  public synchronized void heard(NodeId worker, WorkerOffer offer) {
    if (workers.size() < MAX_WORKERS || workers.containsKey(worker)) {
      workers.put(worker, new Heard(offer, nanoTime.getAsLong()));
    }
  }

  /** The offers that hold now, in the order of the workers' ids. */
  public synchronized Map<NodeId, WorkerOffer> offers() {
    Collection<NodeId> present = members.get();
    long now = nanoTime.getAsLong();
    workers
        .entrySet()
        .removeIf(entry ->
            now - entry.getValue().atNanos() > LIFETIME_NANOS || !present.contains(entry.getKey()));
    Map<NodeId, WorkerOffer> offers = new LinkedHashMap<>();
    workers.entrySet().stream()
        .sorted(Map.Entry.comparingByKey((a, b) -> a.hex().compareTo(b.hex())))
        .forEach(entry -> offers.put(entry.getKey(), entry.getValue().offer()));
    return offers;
  }
}
