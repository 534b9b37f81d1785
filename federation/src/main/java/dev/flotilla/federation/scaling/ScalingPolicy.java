package dev.flotilla.federation.scaling;

import dev.flotilla.federation.scaling.ModelLoad.PipelineLoad;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * How many pipelines a model should have. It gets its first at the first request, more while
 * requests keep waiting, and fewer when the others can do without one; a model's number changes by
 * one at a time, and then not again until it has settled, so that it doesn't flap.
 */
public final class ScalingPolicy {
  private final ScalingOptions options;

  public ScalingPolicy(ScalingOptions options) {
    this.options = options;
  }

  /** What is to be done about a model now. */
  public Optional<ScalingStep> step(ModelLoad load, long nowMillis) {
    int pipelines = load.pipelines().size();
    boolean wanted = pipelines == 0 && load.waiting() > 0;
    if (pipelines < load.floor() || wanted) {
      return Optional.of(new ScalingStep.Add(load.modelId()));
    }
    if (nowMillis - load.lastChangeMillis() < options.settleMillis()) {
      return Optional.empty();
    }
    if (pipelines > load.max()) {
      return leastUsed(load);
    }
    if (queuePersists(load, nowMillis)) {
      return pipelines < load.max()
          ? Optional.of(new ScalingStep.Add(load.modelId()))
          : Optional.empty();
    }
    return pipelines > load.floor() ? removeIdle(load, nowMillis) : Optional.empty();
  }

  private boolean queuePersists(ModelLoad load, long nowMillis) {
    // A pipeline that loads is help on its way.
    return load.waiting() > 0
        && load.pipelines().stream().allMatch(PipelineLoad::ready)
        && nowMillis - load.queuedSinceMillis() >= options.queuedMillis();
  }

  private Optional<ScalingStep> removeIdle(ModelLoad load, long nowMillis) {
    return load.pipelines().stream()
        .filter(pipeline ->
            pipeline.ready()
                && pipeline.running() == 0
                && nowMillis - pipeline.idleSinceMillis() >= options.idleMillis())
        .min(
            Comparator.comparingLong(PipelineLoad::idleSinceMillis)
                .thenComparing(PipelineLoad::pipelineId))
        .filter(idle -> load.waiting() == 0 && othersCope(load, idle, nowMillis))
        .map(idle -> new ScalingStep.Remove(load.modelId(), idle.pipelineId()));
  }

  /** Whether the other pipelines would still have slots to spare, or nobody asks at all. */
  private boolean othersCope(ModelLoad load, PipelineLoad without, long nowMillis) {
    if (load.pipelines().size() == 1) {
      return nowMillis - load.lastRequestMillis() >= options.idleMillis();
    }
    List<PipelineLoad> others =
        load.pipelines().stream().filter(other -> other.ready() && !other.equals(without)).toList();
    int slots = others.stream().mapToInt(PipelineLoad::slots).sum();
    int running = others.stream().mapToInt(PipelineLoad::running).sum();
    return slots > 0 && running <= options.spareShare() * slots;
  }

  private static Optional<ScalingStep> leastUsed(ModelLoad load) {
    return load.pipelines().stream()
        .min(Comparator.comparingInt(PipelineLoad::running).thenComparing(PipelineLoad::pipelineId))
        .map(pipeline -> new ScalingStep.Remove(load.modelId(), pipeline.pipelineId()));
  }

  /**
   * What to take down so that a model that is asked for can be placed: idle pipelines above their
   * models' floors, of the model least recently used first.
   *
   * @param all models that are loaded
   * @param forModel the model that needs room; its own pipelines are left alone
   */
  public Optional<ScalingStep> unloadFor(String forModel, List<ModelLoad> all, long nowMillis) {
    return all.stream()
        .filter(load ->
            !load.modelId().equals(forModel)
                && load.pipelines().size() > load.floor()
                && load.waiting() == 0
                && nowMillis - load.lastChangeMillis() >= options.settleMillis())
        .sorted(
            Comparator.comparingLong(ModelLoad::lastRequestMillis)
                .thenComparing(ModelLoad::modelId))
        .flatMap(load ->
            load.pipelines().stream()
                .filter(pipeline -> pipeline.ready() && pipeline.running() == 0)
                .sorted(Comparator.comparing(PipelineLoad::pipelineId))
                .map(pipeline ->
                    (ScalingStep) new ScalingStep.Remove(load.modelId(), pipeline.pipelineId())))
        .findFirst();
  }
}
