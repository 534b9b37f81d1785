package dev.flotilla.node.instances;

import dev.flotilla.federation.scaling.ModelLoad;
import dev.flotilla.federation.scaling.ScalingPolicy;
import dev.flotilla.federation.scaling.ScalingStep;
import dev.flotilla.federation.state.Placement;
import dev.flotilla.federation.state.Placement.Status;
import dev.flotilla.federation.state.SwarmState;
import dev.flotilla.node.topology.ModelOffer;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Has models loaded that are asked for and not running. What was used least recently makes way,
 * where there is no room otherwise. Any thread.
 */
public final class Demand {
  private static final Logger log = LoggerFactory.getLogger(Demand.class);

  /** The most pipelines that make way for one. */
  private static final int MOST_EVICTED = 8;

  /** Until the memory of what made way is seen to be free. */
  private static final long FREED_MILLIS = 15_000;

  /** How long a model waits for others to become idle, once they have settled. */
  private static final long PATIENCE_MILLIS = 30_000;

  private static final long AGAIN_MILLIS = 500;

  private final Vertx vertx;
  private final Instances instances;
  private final LoadMeter meter;
  private final DemandOptions options;
  private final ScalingPolicy policy;
  private final LongSupplier millis;
  private final Map<String, Future<Void>> underWay = new ConcurrentHashMap<>();

  /**
   * @param millis the meter's time
   */
  public Demand(
      Vertx vertx,
      Instances instances,
      LoadMeter meter,
      DemandOptions options,
      LongSupplier millis) {
    this.vertx = vertx;
    this.instances = instances;
    this.meter = meter;
    this.options = options;
    this.policy = new ScalingPolicy(options.scaling());
    this.millis = millis;
  }

  public DemandOptions options() {
    return options;
  }

  /** What asks the swarm. */
  public Instances instances() {
    return instances;
  }

  /** Whether a model may be loaded when it is asked for. */
  public boolean knows(String modelId) {
    return knows(instances.view(), modelId);
  }

  private boolean knows(SwarmView view, String modelId) {
    return options.load()
        && instances.mayPlace()
        && view.owners(modelId).entrySet().stream().anyMatch(this::isHead);
  }

  private boolean isHead(Map.Entry<String, ModelOffer> owner) {
    return !owner.getValue().served()
        && (options.heads().isEmpty() || options.heads().contains(owner.getKey()));
  }

  /** All models that may be loaded when they are asked for, running or not. */
  public List<ModelOffer> models() {
    SwarmView view = instances.view();
    return view.models().values().stream().filter(model -> knows(view, model.id())).toList();
  }

  /** Whether there is to be a pipeline of a model. */
  public boolean isDecided(String modelId) {
    return !placements(modelId).isEmpty();
  }

  /** Why a model can't serve though it is decided; empty while there is hope. */
  public Optional<String> problem(String modelId) {
    List<Placement> placements = placements(modelId);
    boolean hopeless =
        !placements.isEmpty()
            && placements.stream().allMatch(each -> each.status() == Status.FAILED);
    return hopeless ? Optional.of(placements.getFirst().problem()) : Optional.empty();
  }

  private List<Placement> placements(String modelId) {
    return instances.history().state().placements().values().stream()
        .filter(each -> each.modelId().equals(modelId))
        .toList();
  }

  /**
   * Has a model loaded that is {@linkplain #knows known}.
   *
   * @return done once that is decided; fails with an {@link InstanceException} if it can't be
   */
  public Future<Void> load(String modelId) {
    Future<Void> begun = underWay.get(modelId);
    if (begun != null) {
      return begun;
    }
    Future<Void> loading = withRoom(modelId, new Search(millis.getAsLong(), 0, 0));
    underWay.put(modelId, loading);
    return loading.onComplete(_ -> underWay.remove(modelId, loading));
  }

  /**
   * How room is being made for a model.
   *
   * @param began when it was asked for
   * @param evicted pipelines that made way
   * @param evictedMillis when the last one did
   */
  private record Search(long began, int evicted, long evictedMillis) {}

  private Future<Void> withRoom(String modelId, Search search) {
    return placed(modelId)
        .recover(cause ->
            cause instanceof InstanceException refused
                    && refused.failure() == InstanceFailure.NO_PLAN
                ? makeRoom(modelId, search, cause)
                : Future.failedFuture(cause));
  }

  private Future<Void> makeRoom(String modelId, Search search, Throwable cause) {
    long now = millis.getAsLong();
    if (search.evicted() > 0 && now - search.evictedMillis() < FREED_MILLIS) {
      return vertx.timer(AGAIN_MILLIS).compose(_ -> withRoom(modelId, search));
    }
    SwarmState state = instances.history().state();
    Optional<Placement> building =
        state.placements().values().stream()
            .filter(each -> each.replacement().isPresent())
            .findFirst();
    if (building.isPresent() && search.evicted() < MOST_EVICTED) {
      log.info("what is built for model {} makes way for {}", building.get().modelId(), modelId);
      Search next = new Search(search.began(), search.evicted() + 1, now);
      return instances
          .drop(building.get(), "model %s needs the room".formatted(modelId))
          .compose(_ -> withRoom(modelId, next));
    }
    List<ModelLoad> evictable =
        meter.evictable(state, options.mostReplicas()).stream()
            .filter(load -> !load.modelId().equals(modelId) && load.pipelines().size() > load.min())
            .toList();
    Optional<ScalingStep> step = policy.unloadFor(modelId, evictable, now);
    if (step.isPresent()
        && step.get() instanceof ScalingStep.Remove(String other, String id)
        && search.evicted() < MOST_EVICTED) {
      log.info("model {} makes way for model {}", other, modelId);
      Search next = new Search(search.began(), search.evicted() + 1, now);
      return instances.unplace(Stamp.NONE, id).compose(_ -> withRoom(modelId, next));
    }
    // What is busy may soon be idle; and that it is idle is heard up to a second later.
    return !evictable.isEmpty()
            && now - search.began() < options.scaling().settleMillis() + PATIENCE_MILLIS
        ? vertx.timer(AGAIN_MILLIS).compose(_ -> withRoom(modelId, search))
        : Future.failedFuture(cause);
  }

  /** Another gateway may have been first: that is as good. */
  private Future<Void> placed(String modelId) {
    SwarmView view = instances.view();
    List<Placement> there = placements(modelId);
    long away = there.stream().filter(each -> !view.reports().containsKey(each.head())).count();
    if (away < there.size()) {
      return Future.succeededFuture();
    }
    return instances
        .place(Stamp.NONE, PlacementWish.onDemand(modelId, (int) away + 1, options.heads()))
        .<Void>mapEmpty()
        .recover(cause ->
            cause instanceof InstanceException refused
                    && refused.failure() == InstanceFailure.CONFLICT
                ? Future.succeededFuture()
                : Future.failedFuture(cause));
  }
}
