package dev.flotilla.node.instances;

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
    Future<Void> loading = withRoom(modelId, 0, Long.MIN_VALUE);
    underWay.put(modelId, loading);
    return loading.onComplete(_ -> underWay.remove(modelId, loading));
  }

  private Future<Void> withRoom(String modelId, int evicted, long evictedMillis) {
    return placed(modelId)
        .recover(cause -> {
          boolean noRoom =
              cause instanceof InstanceException refused
                  && refused.failure() == InstanceFailure.NO_PLAN;
          if (!noRoom) {
            return Future.failedFuture(cause);
          }
          boolean freeing = evicted > 0 && millis.getAsLong() - evictedMillis < FREED_MILLIS;
          return freeing
              ? vertx.timer(AGAIN_MILLIS).compose(_ -> withRoom(modelId, evicted, evictedMillis))
              : evicted < MOST_EVICTED
                  ? evict(modelId, cause)
                      .compose(_ -> withRoom(modelId, evicted + 1, millis.getAsLong()))
                  : Future.failedFuture(cause);
        });
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
        .place(Optional.empty(), PlacementWish.onDemand(modelId, (int) away + 1, options.heads()))
        .<Void>mapEmpty()
        .recover(cause ->
            cause instanceof InstanceException refused
                    && refused.failure() == InstanceFailure.CONFLICT
                ? Future.succeededFuture()
                : Future.failedFuture(cause));
  }

  private Future<Void> evict(String modelId, Throwable cause) {
    SwarmState state = instances.history().state();
    Optional<ScalingStep> step =
        policy.unloadFor(
            modelId, meter.evictable(state, options.mostReplicas()), millis.getAsLong());
    if (step.isEmpty() || !(step.get() instanceof ScalingStep.Remove(String other, String id))) {
      return Future.failedFuture(cause);
    }
    log.info("model {} makes way for model {}", other, modelId);
    return instances.unplace(Optional.empty(), id).mapEmpty();
  }
}
