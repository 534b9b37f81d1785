package dev.flotilla.node.federation;

import dev.flotilla.federation.MeteredPipeline;
import dev.flotilla.federation.ModelDescription;
import dev.flotilla.federation.ReplicaAnnouncement;
import dev.flotilla.federation.ReplicaAnnouncement.State;
import dev.flotilla.federation.link.HostedReplicas;
import dev.flotilla.node.api.ServedModel;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What this node serves, to its own clients and to gateways alike. Any thread. */
final class HostedModels implements HostedReplicas {
  private static final Logger log = LoggerFactory.getLogger(HostedModels.class);

  private volatile Map<String, Hosting> models = Map.of();
  private volatile boolean draining;

  /** One model; {@code served} has the same pipeline and its chat template. */
  final class Hosting implements Hosted {
    private final ServedModel served;
    private final MeteredPipeline pipeline;
    private final ModelDescription model;
    private final byte[] description;
    private final AtomicBoolean calibrated = new AtomicBoolean();
    private final Calm calm = new Calm();
    private volatile boolean leaving;

    private Hosting(
        ServedModel served, MeteredPipeline pipeline, ModelDescription model, byte[] description) {
      this.served = served;
      this.pipeline = pipeline;
      this.model = model;
      this.description = description;
    }

    ServedModel served() {
      return served;
    }

    ModelDescription model() {
      return model;
    }

    @Override
    public MeteredPipeline pipeline() {
      return pipeline;
    }

    @Override
    public ReplicaAnnouncement announcement() {
      return pipeline.announcement().with(state());
    }

    /** Whether it takes sessions: cheaper than an announcement. */
    State state() {
      State state = pipeline.state();
      return (draining || leaving) && state == State.READY ? State.DRAINING : state;
    }

    /** It takes nothing new from now on. */
    void drain() {
      leaving = true;
    }

    /**
     * Measures the replica's speed once, when it has had nothing to do for a while: who starts a
     * node and asks it at once would wait for that. To be called often, by one thread.
     */
    void calibrate(long nowNanos) {
      boolean isIdle = pipeline.state() == State.READY && pipeline.openSessions() == 0;
      if (calm.lasts(isIdle, nowNanos)
          && !served.pipeline().model().embeddingsOnly()
          && !pipeline.isMeasured()
          && calibrated.compareAndSet(false, true)) {
        var _ = pipeline.calibrate().onFailure(this::notCalibrated);
      }
    }

    private void notCalibrated(Throwable cause) {
      log.debug("the speed of {} is not known yet", served.id(), cause);
      calibrated.set(!(cause instanceof CancellationException));
    }

    @Override
    public byte[] description() {
      return description;
    }
  }

  /** Adds a model, the first to be the default; one of the same name makes way for it. */
  synchronized Hosting add(
      ServedModel served, MeteredPipeline pipeline, ModelDescription model, byte[] description) {
    Map<String, Hosting> next = new LinkedHashMap<>(models);
    Hosting hosting = new Hosting(served, pipeline, model, description);
    next.put(served.id(), hosting);
    models = Collections.unmodifiableMap(next);
    return hosting;
  }

  /** Removes a model, if it is there. */
  synchronized void remove(String modelId) {
    Map<String, Hosting> next = new LinkedHashMap<>(models);
    next.remove(modelId);
    models = Collections.unmodifiableMap(next);
  }

  Optional<Hosting> hosting(String modelId) {
    return Optional.ofNullable(models.get(modelId));
  }

  /** All of them, the default first. */
  List<Hosting> all() {
    return new ArrayList<>(models.values());
  }

  @Override
  public Optional<Hosted> find(String modelId) {
    return hosting(modelId).map(Hosted.class::cast);
  }

  /**
   * Whether this node is to be left alone: gateways are told to send nothing more, and to take
   * their sessions elsewhere.
   */
  void drain(boolean leaving) {
    draining = leaving;
  }

  /** Sessions that run or wait here, from all gateways. */
  int openSessions() {
    return models.values().stream().mapToInt(each -> each.pipeline().openSessions()).sum();
  }
}
