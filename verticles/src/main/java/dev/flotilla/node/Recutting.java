package dev.flotilla.node;

import dev.flotilla.federation.HandoverPipeline;
import dev.flotilla.node.placement.Change.Recut;
import dev.flotilla.node.placement.ChangeJudge;
import dev.flotilla.node.placement.Elasticity;
import dev.flotilla.node.placement.Seat;
import dev.flotilla.sharding.Pipeline;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One pipeline of a model after the other, each cut as pays best then: the next one is built beside
 * the one that serves, sessions go on there between two tokens, and the old one is taken down when
 * the last one has. Whatever goes wrong until then leaves the old one as it was. Any thread.
 *
 * @param <C> what they are
 */
final class Recutting<C extends Recutting.Cut<C>> {
  private static final Logger log = LoggerFactory.getLogger(Recutting.class);

  /** How often it is looked whether a pipeline may be built further. */
  private static final long WATCH_MILLIS = 500;

  /** How long a pipeline may take to be fetched and loaded. */
  private static final long BUILD_NANOS = TimeUnit.HOURS.toNanos(1);

  private final Vertx vertx;
  private final Supplier<C> builder;
  private final Elasticity elasticity = new Elasticity(new ChangeJudge(), this::recut);
  private final HandoverPipeline served;
  private final Set<C> others = ConcurrentHashMap.newKeySet();
  private final AtomicInteger recuts = new AtomicInteger();
  private volatile C current;
  private volatile boolean closed;

  /**
   * One of the pipelines.
   *
   * @param <C> itself
   */
  interface Cut<C> {
    Pipeline pipeline();

    /** Loads its stages exactly there or not at all, and links them. */
    Future<Void> build(List<Seat> stages);

    /** Whether no stage is lost, moves, or is with a worker that leaves. */
    boolean isSettled();

    /** Whether a stage was lost since it is built. */
    boolean hasLost();

    /** How many times the rate of an answer would be what it is here; NaN if that is not known. */
    double speedup(C other);

    /** Changes from now on where that pays. */
    void improve(Elasticity elasticity);

    /** Changes no more. */
    void settle();

    /** Ends it in whatever condition, and gives its stages back. */
    Future<Void> takeDown();
  }

  /**
   * Begins with a pipeline that is not started.
   *
   * @param builder makes pipelines that are not started
   */
  Recutting(Vertx vertx, Supplier<C> builder) {
    this.vertx = vertx;
    this.builder = builder;
    this.current = builder.get();
    this.served = new HandoverPipeline(vertx, current.pipeline());
    current.improve(elasticity);
  }

  /** Where sessions are opened. */
  Pipeline served() {
    return served;
  }

  /** What serves now. */
  C current() {
    return current;
  }

  /** How often another one has taken the place of what served. */
  int recuts() {
    return recuts.get();
  }

  /** Takes down all others than the {@linkplain #current current} one; there will be no more. */
  Future<Void> close() {
    closed = true;
    return Future.join(others.stream().map(Cut::takeDown).toList()).mapEmpty();
  }

  /** Completes once another pipeline serves; fails if the same one serves on. */
  Future<Void> recut(Recut recut) {
    if (closed) {
      return Future.failedFuture("this node is shutting down");
    }
    C before = current;
    C next = builder.get();
    others.add(next);
    log.info(
        "model {} is to be cut anew: answers should come {} times as fast",
        next.pipeline().model().id(),
        "%.2f".formatted(recut.speedup()));
    return built(before, next, recut.stages())
        .compose(_ -> adopt(before, next))
        .onFailure(cause -> abandon(next, cause));
  }

  private Future<Void> built(C before, C next, List<Seat> stages) {
    Promise<Void> built = Promise.promise();
    long beganNanos = System.nanoTime();
    long watch =
        vertx.setPeriodic(
            WATCH_MILLIS,
            _ -> obstacle(before, next, System.nanoTime() - beganNanos).ifPresent(built::tryFail));
    var _ = next.build(stages).onComplete(_ -> built.tryComplete(), built::tryFail);
    return built.future().onComplete(_ -> vertx.cancelTimer(watch));
  }

  /** Why a pipeline should not be built further. */
  private Optional<String> obstacle(C before, C next, long nanos) {
    if (closed) {
      return Optional.of("this node is shutting down");
    }
    if (!before.isSettled()) {
      return Optional.of("a stage of the one that serves is lost or moves");
    }
    if (next.hasLost()) {
      return Optional.of("a stage was lost meanwhile");
    }
    return nanos > BUILD_NANOS ? Optional.of("it takes too long") : Optional.empty();
  }

  private Future<Void> adopt(C before, C next) {
    double speedup = before.speedup(next);
    if (closed || !(speedup > 1)) {
      return Future.failedFuture("answers would not come faster any more");
    }
    before.settle();
    others.add(before);
    others.remove(next);
    recuts.incrementAndGet();
    current = next;
    next.improve(elasticity);
    log.info(
        "model {} is cut anew: {} sessions move, answers should come {} times as fast",
        next.pipeline().model().id(),
        served.openSessions(),
        "%.2f".formatted(speedup));
    var _ =
        served
            .handOver(next.pipeline())
            .compose(_ -> before.takeDown())
            .onComplete(_ -> others.remove(before));
    return Future.succeededFuture();
  }

  private void abandon(C next, Throwable cause) {
    log.warn(
        "model {} is not cut anew, and serves on as it was: {}",
        next.pipeline().model().id(),
        cause.getMessage());
    var _ = next.takeDown().onComplete(_ -> others.remove(next));
  }
}
