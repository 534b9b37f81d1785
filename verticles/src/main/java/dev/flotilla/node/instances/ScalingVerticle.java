package dev.flotilla.node.instances;

import dev.flotilla.federation.scaling.ModelLoad;
import dev.flotilla.federation.scaling.ModelLoad.PipelineLoad;
import dev.flotilla.federation.scaling.ScalingPolicy;
import dev.flotilla.federation.scaling.ScalingStep;
import dev.flotilla.federation.state.Placement;
import dev.flotilla.federation.state.Placement.Status;
import dev.flotilla.federation.state.SwarmState;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Adds pipelines while requests wait, and removes those that were set up on demand when they are
 * idle; while this node leads. On one event loop.
 */
public final class ScalingVerticle extends VerticleBase {
  private static final Logger log = LoggerFactory.getLogger(ScalingVerticle.class);
  private static final long TICK_MILLIS = 1_000;

  /** After a step that the swarm refused, how long a model is left alone. */
  private static final long REFUSED_MILLIS = 30_000;

  private final Instances instances;
  private final LoadMeter meter;
  private final DemandOptions options;
  private final ScalingPolicy policy;
  private final LongSupplier millis;
  private final Set<String> underWay = new HashSet<>();
  private final Map<String, Long> refused = new HashMap<>();

  /**
   * @param millis the meter's time
   */
  public ScalingVerticle(
      Instances instances, LoadMeter meter, DemandOptions options, LongSupplier millis) {
    this.instances = instances;
    this.meter = meter;
    this.options = options;
    this.policy = new ScalingPolicy(options.scaling());
    this.millis = millis;
  }

  @Override
  public Future<?> start() {
    vertx.setPeriodic(TICK_MILLIS, _ -> look());
    return Future.succeededFuture();
  }

  /** All nodes look, as changes are timed by who sees them; the leader acts. */
  private void look() {
    SwarmState state = instances.history().state();
    List<ModelLoad> loads = meter.loads(state, options.mostReplicas());
    if (!instances.history().isLeading()) {
      return;
    }
    long now = millis.getAsLong();
    refused.values().removeIf(at -> now - at >= REFUSED_MILLIS);
    for (ModelLoad load : loads) {
      if (!underWay.contains(load.modelId()) && !refused.containsKey(load.modelId())) {
        failed(state, load.modelId())
            .or(() -> policy.step(load, now))
            .flatMap(step -> permitted(state, load, step))
            .ifPresent(step -> take(step, load));
      }
    }
  }

  /** What was set up on demand and can't serve is taken down: the next request tries again. */
  private static Optional<ScalingStep> failed(SwarmState state, String modelId) {
    return state.placements().values().stream()
        .filter(each ->
            each.modelId().equals(modelId) && each.onDemand() && each.status() == Status.FAILED)
        .map(Placement::pipelineId)
        .<ScalingStep>map(id -> new ScalingStep.Remove(modelId, id))
        .findFirst();
  }

  /** Only what was set up on demand is removed; of more than there may be, one that is idle. */
  static Optional<ScalingStep> permitted(SwarmState state, ModelLoad load, ScalingStep step) {
    return switch (step) {
      case ScalingStep.Add add -> Optional.of(add);
      case ScalingStep.Remove(String _, String id) when LoadMeter.isOnDemand(state, id) ->
          Optional.of(step);
      case ScalingStep.Remove(String model, String _) ->
          load.pipelines().size() > load.max()
              ? load.pipelines().stream()
                  .filter(each -> each.running() == 0)
                  .map(PipelineLoad::pipelineId)
                  .filter(id -> LoadMeter.isOnDemand(state, id))
                  .min(Comparator.naturalOrder())
                  .map(id -> new ScalingStep.Remove(model, id))
              : Optional.empty();
    };
  }

  private void take(ScalingStep step, ModelLoad load) {
    String model = load.modelId();
    log.info("{}: {} waiting, {} pipeline(s)", step, load.waiting(), load.pipelines().size());
    underWay.add(model);
    Future<?> taken =
        switch (step) {
          case ScalingStep.Add _ ->
              instances.place(Stamp.NONE, PlacementWish.onDemand(model, load.max(), Set.of()));
          case ScalingStep.Remove(String _, String id) -> instances.unplace(Stamp.NONE, id);
        };
    var _ =
        taken.onComplete(done ->
            context.runOnContext(_ -> {
              underWay.remove(model);
              if (done.failed()) {
                log.info("{} is not possible now: {}", step, done.cause().getMessage());
                refused.put(model, millis.getAsLong());
              }
            }));
  }
}
