package dev.flotilla.node.placement;

import dev.flotilla.node.placement.Change.Move;
import dev.flotilla.node.placement.Change.Recut;
import io.vertx.core.Future;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BiConsumer;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Looks now and then how a pipeline that runs would do better, and has it changed. */
final class Improvements implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Improvements.class);
  private static final long LOOK_MILLIS = 10_000;

  private final Head head;
  private final ShardedModel model;
  private final Elasticity elasticity;
  private final Running running;
  private final AtomicBoolean looking = new AtomicBoolean();
  private final long timer;

  /**
   * The pipeline. Any thread.
   *
   * @param stages its stages, in order; none while nothing is placed
   * @param settled whether no stage is lost, moves, or is with a worker that leaves
   * @param mover begins to move a stage
   */
  record Running(
      Supplier<List<Seat>> stages, BooleanSupplier settled, BiConsumer<Seat, Seat> mover) {}

  /** Looks until it is closed. */
  Improvements(Head head, ShardedModel model, Elasticity elasticity, Running running) {
    this.head = head;
    this.model = model;
    this.elasticity = elasticity;
    this.running = running;
    this.timer = head.vertx().setPeriodic(LOOK_MILLIS, _ -> look());
  }

  private void look() {
    List<Seat> seats = running.stages().get();
    if (!seats.isEmpty() && looking.compareAndSet(false, true)) {
      // Planning over many workers takes a while.
      var _ =
          head.vertx()
              .executeBlocking(() -> due(seats), false)
              .compose(due -> due.map(this::make).orElseGet(Future::succeededFuture))
              .onFailure(cause -> log.debug("model {} stays as it is", model.card().id(), cause))
              .onComplete(_ -> looking.set(false));
    }
  }

  private Optional<Change> due(List<Seat> seats) {
    List<Change> possible =
        running.settled().getAsBoolean() ? BetterPlan.of(head, model).changes(seats) : List.of();
    return elasticity.judge().judge(possible, System.nanoTime());
  }

  private Future<Void> make(Change due) {
    return switch (due) {
      case Move(Seat from, Seat to, double speedup) -> {
        log.info(
            "layers {} are to move to node {}: answers should come {} times as fast",
            to.layers(),
            to.worker().shortened(),
            "%.2f".formatted(speedup));
        running.mover().accept(from, to);
        yield Future.succeededFuture();
      }
      case Recut recut ->
          elasticity
              .recutter()
              .recut(recut)
              .onComplete(
                  _ -> elasticity.judge().made(System.nanoTime()),
                  _ -> elasticity.judge().failed(System.nanoTime()));
    };
  }

  @Override
  public void close() {
    head.vertx().cancelTimer(timer);
  }
}
