package dev.flotilla.node.placement;

import dev.flotilla.engine.process.StageRole.StagePeer;
import dev.flotilla.gguf.LayerRange;
import dev.flotilla.node.lending.StageAnswer;
import dev.flotilla.node.lending.StageOrder;
import dev.flotilla.node.lending.WorkerOffer;
import dev.flotilla.sharding.store.StageKey;
import dev.flotilla.tokens.NodeId;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
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

  private static final int RELEASE_MILLIS = 1_000;

  private final Head head;
  private final WorkerClient client;
  private final Orders orders;
  private final List<Seat> seats;
  private final Map<Seat, StageAnswer> answers = new ConcurrentHashMap<>();
  private final Patience patience = new Patience();
  private final AtomicBoolean moving = new AtomicBoolean();

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

  /** What the worker of a seat has said of its stage last, if it has said anything. */
  Optional<StageAnswer> answer(Seat seat) {
    return Optional.ofNullable(answers.get(seat));
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
    return together(index -> bringUp(index, suspect, index + 1 == blamed));
  }

  /** The same where each stage has to be where it is now, or nowhere. */
  List<StagePeer> bringUpThere() throws NoCapacityException, InterruptedException {
    return together(index -> {
      Seat seat = seat(index);
      try {
        return listening(seat, false);
      } catch (IOException e) {
        throw new NoCapacityException(cantBe(seat, e));
      }
    });
  }

  private static String cantBe(Seat seat, IOException e) {
    return "layers %s can't be at node %s: %s"
        .formatted(seat.layers(), seat.worker().shortened(), e.getMessage());
  }

  /** Does something for each stage. */
  private interface StageTask {
    StagePeer call(int index) throws NoCapacityException, InterruptedException;
  }

  private List<StagePeer> together(StageTask task)
      throws NoCapacityException, InterruptedException {
    List<Callable<StagePeer>> tasks = new ArrayList<>();
    IntStream.range(0, seats().size()).forEach(index -> tasks.add(() -> task.call(index)));
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
        log.warn(cantBe(seat, e));
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

  /** Who may take a stage, the best first. */
  private synchronized List<NodeId> candidates(Seat seat, Set<NodeId> avoided) {
    return Candidates.ranked(
        head.offers(),
        order(seat).slice(),
        seat.memoryBytes(),
        head.version(),
        seats.stream().map(Seat::worker).collect(Collectors.toSet()),
        avoided);
  }

  /** Gives a stage to another worker, if there is one. */
  private boolean move(int index, Set<NodeId> failed) {
    Seat before;
    Seat after;
    synchronized (this) {
      before = seats.get(index);
      List<NodeId> candidates = candidates(before, failed);
      if (candidates.isEmpty()) {
        return false;
      }
      after = before.at(candidates.getFirst());
      answers.remove(before);
      seats.set(index, after);
    }
    patience.moved(System.nanoTime());
    log.info("layers {} move to node {}", after.layers(), after.worker().shortened());
    Thread.ofVirtual().name("release-stage").start(() -> release(before));
    return true;
  }

  private StageOrder order(Seat seat) {
    return orders.order(seat.layers(), seat.memoryBytes());
  }

  private StagePeer listening(Seat seat, boolean suspect) throws IOException, InterruptedException {
    return new StageWait(client, order(seat), seat, answer -> answers.put(seat, answer))
        .listening(suspect ? OptionalInt.of(patienceMillis(seat)) : OptionalInt.empty());
  }

  private int patienceMillis(Seat seat) {
    StageKey slice = order(seat).slice();
    boolean fetched =
        candidates(seat, Set.of(seat.worker())).stream().anyMatch(other -> has(other, slice));
    return patience.millis(System.nanoTime(), fetched);
  }

  /** Says that the stages are still wanted. */
  void renew() {
    for (Seat seat : seats()) {
      Thread.ofVirtual()
          .name("renew-stage")
          .start(() ->
              quietly(() ->
                  answers.put(
                      seat,
                      client.order(
                          seat.worker(), order(seat).asked(false, 0), StageWait.PATIENCE_MILLIS))));
    }
  }

  /** A word to a worker that may be gone. */
  private interface Message {
    void send() throws IOException, InterruptedException;
  }

  private static void quietly(Message message) {
    try {
      message.send();
    } catch (IOException e) {
      log.debug("a worker was not reached: {}", e.getMessage());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Whether no stage moves, and no worker of one leaves. */
  boolean isSettled() {
    return !moving.get() && seats().stream().noneMatch(this::isLeaving);
  }

  /** Begins to move the stages of workers that say that they leave, while those still serve. */
  void moveLeaving() {
    List<Seat> leaving = seats().stream().filter(this::isLeaving).toList();
    if (!leaving.isEmpty() && moving.compareAndSet(false, true)) {
      Thread.ofVirtual().name("move-stages").start(() -> moveAll(leaving));
    }
  }

  private boolean isLeaving(Seat seat) {
    WorkerOffer offer = head.workers().offers().get(seat.worker());
    return offer != null && offer.draining();
  }

  /** One after the other, so that each counts for where the next one goes. */
  private void moveAll(List<Seat> leaving) {
    try {
      for (Seat seat : leaving) {
        moveLeaving(seat);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      moving.set(false);
    }
  }

  private void moveLeaving(Seat seat) throws InterruptedException {
    for (NodeId candidate : candidates(seat, Set.of(seat.worker()))) {
      if (tookOver(seat, seat.at(candidate))) {
        return;
      }
    }
    log.info("no worker takes layers {} of one that leaves", seat.layers());
  }

  /** Begins to move a stage, unless others move now; it serves until the other one is ready. */
  void move(Seat from, Seat to) {
    if (moving.compareAndSet(false, true)) {
      Thread.ofVirtual()
          .name("move-stage")
          .start(() -> {
            try {
              tookOver(from, to);
            } catch (InterruptedException e) {
              Thread.currentThread().interrupt();
            } finally {
              moving.set(false);
            }
          });
    }
  }

  /**
   * Whether a worker has the stage ready; the old one is given back then, and the chain relinks.
   */
  private boolean tookOver(Seat before, Seat after) throws InterruptedException {
    try {
      listening(after, false);
    } catch (IOException e) {
      log.warn(cantBe(after, e));
      return false;
    }
    synchronized (this) {
      int index = seats.indexOf(before);
      if (index < 0) {
        return true; // It was lost meanwhile, and has found its place.
      }
      seats.set(index, after);
    }
    log.info("layers {} move to node {}", after.layers(), after.worker().shortened());
    release(before);
    return true;
  }

  /** Has the worker that would take over a lost stage fetch its slice, for one stage at a time. */
  void prefetch() {
    for (Seat seat : seats()) {
      List<NodeId> candidates = candidates(seat, Set.of(seat.worker()));
      StageKey slice = order(seat).slice();
      if (!candidates.isEmpty() && !has(candidates.getFirst(), slice)) {
        Thread.ofVirtual()
            .name("prefetch")
            .start(() ->
                quietly(() ->
                    client.prefetch(candidates.getFirst(), slice, StageWait.PATIENCE_MILLIS)));
        return;
      }
    }
  }

  private boolean has(NodeId worker, StageKey slice) {
    WorkerOffer offer = head.workers().offers().get(worker);
    return offer != null && offer.slices().contains(slice);
  }

  /** Gives all stages back, as far as their workers can be reached. */
  void release() {
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      seats().forEach(seat -> threads.execute(() -> release(seat)));
    }
  }

  private void release(Seat seat) {
    quietly(() -> client.release(seat.worker(), order(seat).stage(), RELEASE_MILLIS));
  }
}
