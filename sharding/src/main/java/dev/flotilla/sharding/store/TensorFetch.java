package dev.flotilla.sharding.store;

import dev.flotilla.sharding.store.StageProgress.Phase;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.BitSet;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Fetches the missing tensors of one slice from all peers that have them: some threads for each
 * peer take tensors off one list. A peer that fails rests, longer each time; one that lies is asked
 * no more. Without a peer it waits for one.
 */
final class TensorFetch {
  private static final Logger log = LoggerFactory.getLogger(TensorFetch.class);

  static final int THREADS_PER_PEER = 2;
  static final int MAX_THREADS = 16;
  static final long TICK_MILLIS = 500;
  static final long FIRST_REST_MILLIS = 250;
  static final long MAX_REST_MILLIS = 15_000;

  private final StageKey key;
  private final Supplier<List<RangeSource>> peers;
  private final FetchListener listener;
  private final BooleanSupplier cancelled;
  private final Consumer<String> blame;

  /** Of a thread, or of everything. */
  private final Semaphore ended = new Semaphore(0);

  // Guarded by this.
  private final Deque<TensorWriter> missing;
  private int unwritten;
  private final Set<Thread> threads = new HashSet<>();
  private final Map<String, Peer> states = new HashMap<>();
  private final long totalBytes;
  private long doneBytes;
  private @Nullable IOException fatal;

  /** What is known of a peer. Guarded by the fetch. */
  private static final class Peer {
    int threads;
    int failures;
    long restsUntilNanos = System.nanoTime();
    boolean lies;

    boolean isReady() {
      return !lies && threads < THREADS_PER_PEER && System.nanoTime() - restsUntilNanos >= 0;
    }

    void rest() {
      long millis = Math.min(MAX_REST_MILLIS, FIRST_REST_MILLIS << Math.min(failures++, 10));
      restsUntilNanos = System.nanoTime() + millis * 1_000_000;
    }
  }

  TensorFetch(
      StageKey key,
      List<TensorWriter> missing,
      long doneBytes,
      Supplier<List<RangeSource>> peers,
      FetchListener listener,
      Consumer<String> blame,
      BooleanSupplier cancelled) {
    this.key = key;
    this.missing = new ArrayDeque<>(missing);
    this.unwritten = missing.size();
    this.doneBytes = doneBytes;
    this.totalBytes =
        doneBytes + missing.stream().mapToLong(writer -> writer.tensor().bytes()).sum();
    this.peers = peers;
    this.listener = listener;
    this.blame = blame;
    this.cancelled = cancelled;
  }

  /** Blocks until everything is there and verified. */
  void run() throws IOException {
    try {
      while (!isDone()) {
        if (cancelled.getAsBoolean()) {
          throw new StoreException(StoreFailure.CANCELLED, key + " is not wanted any more");
        }
        listener.progress(startThreads(peers.get()));
        pause();
      }
    } finally {
      stopThreads();
    }
  }

  private synchronized boolean isDone() throws IOException {
    if (fatal != null) {
      throw fatal;
    }
    return unwritten == 0;
  }

  /** Until a thread has ended, but not for long: peers come, and rest no more. */
  private void pause() throws IOException {
    try {
      if (ended.tryAcquire(TICK_MILLIS, TimeUnit.MILLISECONDS)) {
        ended.drainPermits();
      }
    } catch (InterruptedException hurry) {
      Thread.currentThread().interrupt();
      throw new StoreException(StoreFailure.CANCELLED, key + " was given up", hurry);
    }
  }

  private synchronized StageProgress startThreads(List<RangeSource> sources) {
    for (RangeSource source : sources) {
      Peer peer = states.computeIfAbsent(source.nodeId(), _ -> new Peer());
      while (!missing.isEmpty() && threads.size() < MAX_THREADS && peer.isReady()) {
        peer.threads++;
        Thread thread =
            Thread.ofVirtual().name("slice-fetch").unstarted(() -> fetchFrom(source, peer));
        threads.add(thread);
        thread.start();
      }
    }
    Phase phase = threads.isEmpty() && !missing.isEmpty() ? Phase.WAITING : Phase.FETCHING;
    return new StageProgress(key, phase, doneBytes, totalBytes);
  }

  private void fetchFrom(RangeSource source, Peer peer) {
    TensorWriter writer = null;
    try {
      BitSet has = source.tensors(key.contentId());
      Optional<TensorWriter> next = take(has);
      if (next.isEmpty()) {
        failed(peer);
      }
      while (next.isPresent()) {
        writer = next.get();
        writer.fetch(source, key.contentId());
        done(writer, peer);
        writer = null;
        next = take(has);
      }
    } catch (StoreException problem) {
      handle(problem, source, peer);
    } catch (IOException problem) {
      log.info("{}: {}", key, problem.toString());
      failed(peer);
    } catch (RuntimeException problem) {
      fail(
          new StoreException(StoreFailure.STORAGE, key + " can't be fetched: " + problem, problem));
    } finally {
      leave(writer, peer);
    }
  }

  private void handle(StoreException problem, RangeSource source, Peer peer) {
    switch (problem.failure()) {
      case WRONG_CONTENT -> {
        synchronized (this) {
          peer.lies = true;
        }
        blame.accept(source.nodeId());
        listener.blamed(source.nodeId(), String.valueOf(problem.getMessage()));
      }
      case PEER_FAILED, BAD_MANIFEST, BAD_MODEL -> {
        log.info("{}: {}", key, problem.getMessage());
        failed(peer);
      }
      case CANCELLED -> log.debug("{} was given up", key);
      case STORAGE, DISK_FULL -> fail(problem);
    }
  }

  private synchronized Optional<TensorWriter> take(BitSet has) {
    if (fatal != null || cancelled.getAsBoolean()) {
      return Optional.empty();
    }
    for (Iterator<TensorWriter> each = missing.iterator(); each.hasNext(); ) {
      TensorWriter writer = each.next();
      if (has.get(writer.index())) {
        each.remove();
        return Optional.of(writer);
      }
    }
    return Optional.empty();
  }

  private synchronized void done(TensorWriter writer, Peer peer) {
    doneBytes += writer.tensor().bytes();
    peer.failures = 0;
    unwritten--;
    if (unwritten == 0) {
      // Whoever still asks a silent peer what it has need not be waited for.
      ended.release();
    }
  }

  private synchronized void failed(Peer peer) {
    peer.rest();
  }

  private synchronized void fail(IOException problem) {
    fatal = problem;
  }

  private synchronized void leave(@Nullable TensorWriter unfinished, Peer peer) {
    if (unfinished != null) {
      missing.addFirst(unfinished);
    }
    peer.threads--;
    threads.remove(Thread.currentThread());
    ended.release();
  }

  /** Nobody writes into the slice's file any more afterwards. */
  private void stopThreads() throws IOException {
    List<Thread> running;
    synchronized (this) {
      running = List.copyOf(threads);
      running.forEach(Thread::interrupt);
    }
    try {
      for (Thread thread : running) {
        thread.join();
      }
    } catch (InterruptedException hurry) {
      Thread.currentThread().interrupt();
      throw new StoreException(StoreFailure.CANCELLED, key + " was given up", hurry);
    }
  }
}
