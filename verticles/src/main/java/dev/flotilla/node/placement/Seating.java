package dev.flotilla.node.placement;

import dev.flotilla.engine.process.StageRole.StagePeer;
import dev.flotilla.gguf.LayerRange;
import dev.flotilla.node.lending.StageAnswer;
import dev.flotilla.node.lending.StageAnswer.Failed;
import dev.flotilla.node.lending.StageAnswer.Fetching;
import dev.flotilla.node.lending.StageAnswer.Listening;
import dev.flotilla.node.lending.StageAnswer.Loading;
import dev.flotilla.node.lending.StageOrder;
import dev.flotilla.tokens.NodeId;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The stages after the first of one pipeline, on their workers. A worker that fails its stage is
 * replaced by the best of the others. Blocks: for virtual threads.
 */
final class Seating {
  private static final Logger log = LoggerFactory.getLogger(Seating.class);

  /** How long a worker waits with an answer while a stage is not ready. */
  private static final int WAIT_MILLIS = 1_000;

  private static final int PATIENCE_MILLIS = 10_000;

  /** A worker that hosts a lost stage has to answer sooner: streams wait. */
  private static final int SUSPECT_MILLIS = 500;

  private static final long STUCK_NANOS = 120_000_000_000L;

  private final Head head;
  private final WorkerClient client;
  private final Orders orders;
  private final List<Seat> seats;

  /** Says what a worker is asked for. */
  @FunctionalInterface
  interface Orders {
    StageOrder order(LayerRange layers, long memoryBytes);
  }

  Seating(Head head, WorkerClient client, Orders orders, List<Seat> seats) {
    this.head = head;
    this.client = client;
    this.orders = orders;
    this.seats = new ArrayList<>(seats);
  }

  /** Where the stages are now, in order. */
  synchronized List<Seat> seats() {
    return List.copyOf(seats);
  }

  private synchronized Seat seat(int index) {
    return seats.get(index);
  }

  /**
   * Brings all stages to where they take links.
   *
   * @param suspect whether they seem to be lost
   * @param blamed a stage that can't stay where it is, by its place in the pipeline; 0 for none
   */
  List<StagePeer> bringUp(boolean suspect, int blamed)
      throws NoCapacityException, InterruptedException {
    List<Callable<StagePeer>> tasks = new ArrayList<>();
    IntStream.range(0, seats().size())
        .forEach(index -> tasks.add(() -> bringUp(index, suspect, index + 1 == blamed)));
    List<StagePeer> peers = new ArrayList<>();
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (Future<StagePeer> peer : threads.invokeAll(tasks)) {
        peers.add(peer.get());
      }
    } catch (ExecutionException e) {
      if (e.getCause() instanceof NoCapacityException none) {
        throw none;
      }
      throw new IllegalStateException("a stage can't be brought up", e);
    }
    return peers;
  }

  private StagePeer bringUp(int index, boolean suspect, boolean blamed)
      throws NoCapacityException, InterruptedException {
    Set<NodeId> failed = new HashSet<>();
    boolean first = true;
    if (blamed) {
      NodeId before = seat(index).worker();
      failed.add(before);
      // Without another worker the old one may try once more.
      if (!move(index, failed)) {
        failed.remove(before);
      }
    }
    while (true) {
      Seat seat = seat(index);
      try {
        return listening(seat, suspect && first);
      } catch (IOException e) {
        log.warn(
            "layers {} can't be at node {}: {}",
            seat.layers(),
            seat.worker().shortened(),
            e.getMessage());
        failed.add(seat.worker());
      }
      if (!move(index, failed)) {
        throw new NoCapacityException(
            "no worker has %d MiB for layers %s"
                .formatted(seat.memoryBytes() >> 20, seat.layers()));
      }
      first = false;
    }
  }

  /** Gives a stage to another worker, if there is one. */
  private boolean move(int index, Set<NodeId> failed) {
    Seat before;
    Seat after;
    synchronized (this) {
      before = seats.get(index);
      Set<NodeId> busy = seats.stream().map(Seat::worker).collect(Collectors.toSet());
      List<NodeId> candidates =
          Candidates.ranked(
              head.workers().offers(),
              order(before).slice(),
              before.memoryBytes(),
              head.version(),
              busy,
              failed);
      if (candidates.isEmpty()) {
        return false;
      }
      after = before.at(candidates.getFirst());
      seats.set(index, after);
    }
    log.info("layers {} move to node {}", after.layers(), after.worker().shortened());
    Thread.ofVirtual().name("release-stage").start(() -> release(before));
    return true;
  }

  private StageOrder order(Seat seat) {
    return orders.order(seat.layers(), seat.memoryBytes());
  }

  private StagePeer listening(Seat seat, boolean suspect) throws IOException, InterruptedException {
    StageOrder order = order(seat);
    StageAnswer answer =
        suspect
            ? client.order(seat.worker(), order.asked(true, 0), SUSPECT_MILLIS)
            : client.order(seat.worker(), order.asked(false, WAIT_MILLIS), PATIENCE_MILLIS);
    StageAnswer before = answer;
    long changedNanos = System.nanoTime();
    while (true) {
      switch (answer) {
        case Listening(String host, int port) -> {
          return new StagePeer(seat.worker().hex(), host, port);
        }
        case Failed(String reason) -> throw new IOException(reason);
        case Fetching fetching ->
            log.info(
                "layers {} at node {}: {}, {} of {} MiB",
                seat.layers(),
                seat.worker().shortened(),
                fetching.phase(),
                fetching.doneBytes() >> 20,
                fetching.totalBytes() >> 20);
        case Loading() ->
            log.debug("layers {} at node {} load", seat.layers(), seat.worker().shortened());
      }
      if (!answer.equals(before)) {
        changedNanos = System.nanoTime();
      } else if (System.nanoTime() - changedNanos > STUCK_NANOS) {
        throw new IOException("it makes no progress: " + answer);
      }
      before = answer;
      answer = client.order(seat.worker(), order.asked(false, WAIT_MILLIS), PATIENCE_MILLIS);
    }
  }

  /** Says that the stages are still wanted. */
  void renew() {
    for (Seat seat : seats()) {
      Thread.ofVirtual()
          .name("renew-stage")
          .start(() -> {
            try {
              client.order(seat.worker(), order(seat).asked(false, 0), PATIENCE_MILLIS);
            } catch (IOException e) {
              log.debug("layers {} are not renewed: {}", seat.layers(), e.getMessage());
            } catch (InterruptedException e) {
              Thread.currentThread().interrupt();
            }
          });
    }
  }

  /** Gives all stages back, as far as their workers can be reached. */
  void release() {
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      seats().forEach(seat -> threads.execute(() -> release(seat)));
    }
  }

  private void release(Seat seat) {
    try {
      client.release(seat.worker(), order(seat).stage(), WAIT_MILLIS);
    } catch (IOException e) {
      log.debug("layers {} are not given back: {}", seat.layers(), e.getMessage());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
