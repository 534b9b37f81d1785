package dev.flotilla.node.placement;

import dev.flotilla.engine.EngineOptions;
import dev.flotilla.engine.process.EngineReport.StageLost;
import dev.flotilla.engine.process.StageRole.LinkTerms;
import dev.flotilla.engine.process.StageRole.StagePeer;
import dev.flotilla.gguf.LayerRange;
import dev.flotilla.node.lending.StageAnswer;
import dev.flotilla.node.lending.StageOrder;
import dev.flotilla.node.placement.Improvements.Running;
import dev.flotilla.node.shard.ChainPlacement;
import dev.flotilla.sharding.plan.ShardSetting;
import dev.flotilla.sharding.store.StageKey;
import io.vertx.core.Future;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Places the stages of one pipeline whose first stage is here: plans them over the workers that are
 * there, has them fetched and loaded, and finds another worker for a stage that is lost.
 *
 * <p>What takes time happens on one virtual thread, in order.
 */
public final class ShardedPlacement implements ChainPlacement, AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(ShardedPlacement.class);
  private static final long RENEW_MILLIS = 5_000;

  /** How often it is looked whether a worker leaves. */
  private static final long WATCH_MILLIS = 500;

  private static final long FIRST_PAUSE_MILLIS = 100;
  private static final long LONGEST_PAUSE_MILLIS = 500;
  private static final long TOLD_EVERY_NANOS = 5_000_000_000L;

  /** How long a plan that could be carried out waits for machines that are being measured. */
  private static final long MEASURED_NANOS = 5_000_000_000L;

  /** How long a model that may run whole waits for workers. */
  private static final long AUTO_NANOS = 15_000_000_000L;

  /** How long streams may wait for a worker before requests are refused. */
  private static final long LOSS_NANOS = 5_000_000_000L;

  /** From this attempt on, a stage that is still lost is not where its worker says. */
  private static final int BLAMED_ATTEMPT = 2;

  private static final int PATIENT_ATTEMPTS = 4;

  private final Head head;
  private final ShardedModel model;
  private final String pipeline;
  private final WorkerClient client;
  private final OrderedWork work = new OrderedWork();

  /** What workers do, while this node cuts and loads its own stage. */
  private final OrderedWork others = new OrderedWork();

  private final long renewal;
  private final long watch;
  private final AtomicReference<@Nullable Improvements> improvements = new AtomicReference<>();
  private volatile @Nullable Placed placed;
  private @Nullable String contentId;

  /** Since when its stages are nowhere; empty once they are there. */
  private volatile OptionalLong strandedSinceNanos = OptionalLong.empty();

  private volatile boolean closed;

  /** A plan that is carried out. */
  private record Placed(Seat own, Seating seating, OwnSlice slice) {
    /** All stages, in order. */
    List<Seat> all() {
      return Stream.concat(Stream.of(own), seating.seats().stream()).toList();
    }
  }

  /**
   * A placement of nothing yet.
   *
   * @param pipeline 32 hexadecimal characters drawn at random: whoever knows them may link to the
   *     stages
   */
  public ShardedPlacement(Head head, ShardedModel model, String pipeline) {
    this.head = head;
    this.model = model;
    this.pipeline = pipeline;
    this.client = new WorkerClient(head.peers(), head.linkOf());
    this.renewal = head.vertx().setPeriodic(RENEW_MILLIS, _ -> renew());
    this.watch = head.vertx().setPeriodic(WATCH_MILLIS, _ -> moveLeaving());
  }

  private void renew() {
    Placed now = placed;
    if (now != null) {
      now.seating().renew();
      now.seating().prefetch();
    }
  }

  private void moveLeaving() {
    Placed now = placed;
    if (now != null) {
      now.seating().moveLeaving();
    }
  }

  /** Whether all stages are placed, and none is lost, moves, or is with a worker that leaves. */
  public boolean isSettled() {
    Placed now = placed;
    return now != null && work.isIdle() && others.isIdle() && now.seating().isSettled();
  }

  /**
   * How many times the rate of an answer would be what it is here; NaN while that is not known.
   *
   * @param other another pipeline of the same model
   */
  public double speedup(ShardedPlacement other) {
    return BetterPlan.of(head, model).speedup(seats(), other.seats());
  }

  /** Has stages loaded, before the first one's process starts, exactly there or not at all. */
  public Future<Void> prepare(List<Seat> stages) {
    return work.add(() -> set(content(), stages))
        .compose(now ->
            Future.all(others.add(now.seating()::bringUpThere), work.add(() -> now.slice().get()))
                .mapEmpty());
  }

  /**
   * Moves stages, or has the model cut anew, where that pays; until then they stay, as they last.
   */
  public void improve(Elasticity elasticity) {
    change(
        new Improvements(
            head, model, elasticity, new Running(this::seats, this::isSettled, this::move)));
  }

  /** Leaves the stages where they are, from now on, as far as they last. */
  public void settle() {
    change(null);
  }

  private void change(@Nullable Improvements next) {
    Improvements before = improvements.getAndSet(next);
    if (before != null) {
      before.close();
    }
  }

  @Override
  public Future<FirstStage> first(EngineOptions whole) {
    return work.add(() -> place(whole));
  }

  @Override
  public Future<List<StagePeer>> replace(StageLost loss) {
    return work.add(() -> again(loss));
  }

  private FirstStage place(EngineOptions whole) throws IOException, InterruptedException {
    long beganNanos = strandedSinceNanos.orElseGet(System::nanoTime);
    strandedSinceNanos = OptionalLong.of(beganNanos);
    long toldNanos = 0;
    long pauseMillis = FIRST_PAUSE_MILLIS;
    while (!closed) {
      try {
        Placed before = placed;
        Optional<Placed> now = before == null ? plan() : Optional.of(before);
        return now.isPresent() ? first(now.get(), before != null) : new FirstStage.Whole(whole);
      } catch (NoCapacityException e) {
        if (model.setting() instanceof ShardSetting.Auto
            && System.nanoTime() - beganNanos > AUTO_NANOS) {
          log.warn(
              "model {} does not fit here, and runs here all the same: {}",
              model.card().id(),
              e.getMessage());
          return new FirstStage.Whole(whole);
        }
        if (System.nanoTime() - toldNanos > TOLD_EVERY_NANOS) {
          toldNanos = System.nanoTime();
          log.info("model {} waits for workers: {}", model.card().id(), e.getMessage());
        }
      }
      Thread.sleep(pauseMillis);
      pauseMillis = Math.min(LONGEST_PAUSE_MILLIS, 2 * pauseMillis);
    }
    throw new InterruptedException();
  }

  /**
   * Has workers fetch and load their stages, and cuts this node's own meanwhile.
   *
   * @param suspect whether stages that were placed before seem to be lost
   */
  private FirstStage first(Placed now, boolean suspect) throws IOException {
    Future<List<StagePeer>> onward = others.add(() -> bringUp(now, suspect));
    try {
      return new FirstStage.OfSeveral(
          model.options().withModel(now.slice().get().file()), terms(now.own()), onward);
    } catch (IOException e) {
      others.close();
      forget();
      throw e;
    }
  }

  private List<StagePeer> bringUp(Placed now, boolean suspect)
      throws NoCapacityException, InterruptedException {
    try {
      List<StagePeer> peers = now.seating().bringUp(suspect, 0);
      strandedSinceNanos = OptionalLong.empty();
      return peers;
    } catch (NoCapacityException e) {
      forget();
      throw e;
    }
  }

  private LinkTerms terms(Seat own) {
    return new LinkTerms(
        head.version(),
        order(own.layers(), 1).linkedModel(),
        model.activations().name(),
        Optional.of(head.identity().get()));
  }

  /** Chooses places; empty if this node needs nobody. */
  private Optional<Placed> plan() throws NoCapacityException, IOException, InterruptedException {
    if (Seats.of(head, model).size() == 1) {
      return Optional.empty();
    }
    String content = content();
    awaitMeasured();
    List<Seat> seats = Seats.of(head, model);
    if (seats.size() == 1) {
      return Optional.empty();
    }
    return Optional.of(set(content, seats));
  }

  private Placed set(String content, List<Seat> seats) {
    log.info("model {} is placed: {}", model.card().id(), Seats.described(seats));
    Seat own = seats.getFirst();
    StageKey key = new StageKey(content, own.layers());
    OwnSlice slice = new OwnSlice(cancelled -> head.shelf().slice(key, cancelled));
    Seating seating = new Seating(head, client, this::order, seats.subList(1, seats.size()));
    Placed now = new Placed(own, seating, slice);
    placed = now;
    return now;
  }

  /** Machines measure themselves as soon as they hear of the model. */
  private void awaitMeasured() throws InterruptedException {
    long beganNanos = System.nanoTime();
    while (!closed && isToBeMeasured() && System.nanoTime() - beganNanos < MEASURED_NANOS) {
      Thread.sleep(FIRST_PAUSE_MILLIS);
    }
  }

  /** Whether it could change where stages go if it were known how fast machines are. */
  public boolean isToBeMeasured() {
    return !Seats.areFinal(head, model);
  }

  private String content() throws IOException, InterruptedException {
    String known = contentId;
    if (known == null) {
      known = head.shelf().publish(model.card().id(), model.model());
      contentId = known;
    }
    return known;
  }

  private StageOrder order(LayerRange layers, long memoryBytes) {
    String content = contentId;
    if (content == null) {
      throw new IllegalStateException("nothing is ordered of a model that is not published");
    }
    return model.order(pipeline, content, layers, memoryBytes, head.version());
  }

  private List<StagePeer> again(StageLost loss) throws NoCapacityException, InterruptedException {
    Placed now = placed;
    if (now == null) {
      throw new NoCapacityException("nothing is placed");
    }
    int blamed = loss.attempt() >= BLAMED_ATTEMPT ? loss.stage() : 0;
    long beganNanos = System.nanoTime();
    while (true) {
      try {
        return now.seating().bringUp(true, blamed);
      } catch (NoCapacityException e) {
        boolean patient =
            loss.attempt() < PATIENT_ATTEMPTS && System.nanoTime() - beganNanos < LOSS_NANOS;
        if (closed || !patient) {
          throw e;
        }
      }
      Thread.sleep(FIRST_PAUSE_MILLIS);
    }
  }

  /**
   * A stage that is placed.
   *
   * @param answer what its worker has said of it last; empty for this node's own
   */
  public record PlacedStage(Seat seat, Optional<StageAnswer> answer) {}

  /** The stages, in order; none while nothing is placed, or if the whole model is here. */
  public List<PlacedStage> stages() {
    Placed now = placed;
    if (now == null) {
      return List.of();
    }
    return now.all().stream()
        .map(seat -> new PlacedStage(seat, now.seating().answer(seat)))
        .toList();
  }

  private List<Seat> seats() {
    Placed now = placed;
    return now == null ? List.of() : now.all();
  }

  private void move(Seat from, Seat to) {
    Placed now = placed;
    if (now != null) {
      now.seating().move(from, to);
    }
  }

  private void forget() {
    Placed before = placed;
    placed = null;
    if (before != null) {
      before.seating().release();
      before.slice().close();
    }
  }

  /** Gives the stages back. Blocks for a second at most. */
  @Override
  public void close() {
    closed = true;
    head.vertx().cancelTimer(renewal);
    head.vertx().cancelTimer(watch);
    settle();
    work.close();
    others.close();
    forget();
  }
}
