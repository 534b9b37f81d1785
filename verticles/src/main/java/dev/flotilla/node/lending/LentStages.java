package dev.flotilla.node.lending;

import dev.flotilla.engine.metering.ChainFigures;
import dev.flotilla.node.lending.StageAnswer.Failed;
import dev.flotilla.node.lending.StageAnswer.Listening;
import dev.flotilla.sharding.store.StageKey;
import dev.flotilla.tokens.NodeId;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** All stages that a node hosts for others, within what it lends. Safe for threads. */
public final class LentStages {
  private static final Logger log = LoggerFactory.getLogger(LentStages.class);

  /** A stage that its head has not asked for during so long is given up. */
  static final long UNASKED_NANOS = 30_000_000_000L;

  private static final long CHECK_MILLIS = 5_000;

  private final StageHosting node;
  private final Predicate<NodeId> believed;
  private final Map<String, LentStage> stages = new HashMap<>();
  private final Prefetch prefetch;
  private final Promise<Void> empty = Promise.promise();
  private boolean draining;

  /**
   * None yet.
   *
   * @param believed whether a head is still a member
   */
  public LentStages(StageHosting node, Predicate<NodeId> believed) {
    this.node = node;
    this.believed = believed;
    this.prefetch = new Prefetch(node);
    node.vertx().setPeriodic(CHECK_MILLIS, _ -> giveUpUnasked());
  }

  /** Hosts a stage, from now on or further on. Never blocks. */
  Future<StageAnswer> order(NodeId head, StageOrder order) {
    LentStage stage;
    try {
      stage = stage(head, order);
    } catch (IllegalStateException refused) {
      return Future.succeededFuture(new Failed(String.valueOf(refused.getMessage())));
    }
    stage.asked();
    if (order.suspect() && stage.answer() instanceof Listening) {
      return stage
          .probe()
          .compose(alive ->
              alive ? Future.succeededFuture(stage.answer()) : order(head, order.asked(false, 0)));
    }
    return withinMillis(stage.settled(), order.waitMillis()).map(_ -> reported(stage));
  }

  private synchronized LentStage stage(NodeId head, StageOrder order) {
    LentStage present = stages.get(order.stage());
    if (present != null && !present.head().equals(head)) {
      throw new IllegalStateException("the stage is another head's");
    }
    // What was lost after it had worked is started again; what never worked is told of first.
    boolean lost = present != null && present.answer() instanceof Failed && present.hasListened();
    if (present != null && !lost) {
      return present;
    }
    if (draining) {
      throw new IllegalStateException("this worker is about to leave");
    }
    stages.remove(order.stage());
    if (order.memoryBytes() > freeBytes()) {
      throw new IllegalStateException(
          "the stage takes %d bytes, %d are free of the %d that are lent here"
              .formatted(order.memoryBytes(), freeBytes(), node.lending().memoryBytes()));
    }
    log.info("{} is asked for by node {}", order.slice(), head.shortened());
    LentStage stage = new LentStage(node, head, order);
    stages.put(order.stage(), stage);
    return stage;
  }

  private synchronized StageAnswer reported(LentStage stage) {
    StageAnswer answer = stage.answer();
    if (answer instanceof Failed) {
      stages.remove(stage.order().stage(), stage);
    }
    return answer;
  }

  private Future<Void> withinMillis(Future<Void> settled, int millis) {
    if (settled.isComplete() || millis == 0) {
      return Future.succeededFuture();
    }
    return Future.any(settled, node.vertx().timer(millis)).mapEmpty();
  }

  /** Fetches what a stage will want that may be ordered later. Never blocks. */
  void prefetch(NodeId head, StageKey slice) {
    prefetch.begin(head, slice);
  }

  /** Ends a stage, if it is the head's. */
  void release(NodeId head, String name) {
    LentStage released;
    synchronized (this) {
      LentStage stage = stages.get(name);
      if (stage == null || !stage.head().equals(head)) {
        return;
      }
      released = stages.remove(name);
      tellIfEmpty();
    }
    if (released != null) {
      log.info("{} is given back by node {}", released.order().slice(), head.shortened());
      var _ = released.close();
    }
  }

  private void giveUpUnasked() {
    long now = System.nanoTime();
    List<LentStage> given = new ArrayList<>();
    synchronized (this) {
      stages
          .values()
          .removeIf(stage -> {
            boolean over = now - stage.askedNanos() > UNASKED_NANOS || !believed.test(stage.head());
            if (over) {
              given.add(stage);
            }
            return over;
          });
      tellIfEmpty();
    }
    for (LentStage stage : given) {
      log.info("nobody asks for {} any more", stage.order().slice());
      var _ = stage.close();
    }
  }

  /** Follows a change of credentials: engines get new keys, stages of outcasts end. */
  public void credentialsChanged() {
    List<LentStage> present;
    synchronized (this) {
      present = List.copyOf(stages.values());
    }
    present.forEach(LentStage::renewLinks);
    giveUpUnasked();
  }

  /** What no stage takes of the memory that is lent. */
  public synchronized long freeBytes() {
    long taken = stages.values().stream().mapToLong(stage -> stage.order().memoryBytes()).sum();
    return Math.max(0, node.lending().memoryBytes() - taken);
  }

  /** What is told to the swarm. */
  public synchronized WorkerOffer offer() {
    return new WorkerOffer(
        node.version(),
        node.lending().memoryBytes(),
        freeBytes(),
        node.lending().threads(),
        stages.size(),
        node.slices().wholeSlices().stream().limit(WorkerOffer.MAX_SLICES).toList(),
        draining);
  }

  /** A stage that is hosted here now. */
  public record Lent(
      NodeId head, StageOrder order, StageAnswer answer, Optional<ChainFigures> figures) {}

  /** What is hosted now. */
  public synchronized List<Lent> lent() {
    return stages.values().stream()
        .map(stage -> new Lent(stage.head(), stage.order(), stage.answer(), stage.figures()))
        .toList();
  }

  /**
   * Takes no more stages, and waits for heads to move those that are here. They go on being served.
   *
   * @param patienceMillis how long at most
   */
  public Future<Void> leave(long patienceMillis) {
    synchronized (this) {
      draining = true;
      tellIfEmpty();
      if (!stages.isEmpty()) {
        log.info("{} stage(s) are to be moved before this node leaves", stages.size());
      }
    }
    return Future.any(empty.future(), node.vertx().timer(Math.max(1, patienceMillis))).mapEmpty();
  }

  private synchronized void tellIfEmpty() {
    if (draining && stages.isEmpty()) {
      empty.tryComplete();
    }
  }

  /** Ends all stages. Completes when their processes are gone. */
  public Future<Void> close() {
    prefetch.close();
    List<LentStage> present;
    synchronized (this) {
      draining = true;
      present = List.copyOf(stages.values());
      stages.clear();
    }
    return Future.join(present.stream().map(LentStage::close).toList()).mapEmpty();
  }
}
