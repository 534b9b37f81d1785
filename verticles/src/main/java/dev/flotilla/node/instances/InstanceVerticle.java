package dev.flotilla.node.instances;

import dev.flotilla.federation.state.Command;
import dev.flotilla.federation.state.Outcome;
import dev.flotilla.federation.state.Placement;
import dev.flotilla.federation.state.Placement.Status;
import dev.flotilla.federation.state.SwarmHistory;
import dev.flotilla.node.instances.InstanceHost.Driven;
import dev.flotilla.node.instances.Reconciliation.Running;
import dev.flotilla.node.instances.Reconciliation.Step;
import dev.flotilla.sharding.PipelineStatus;
import io.vertx.core.AsyncResult;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the pipelines that this node drives as the swarm has decided them: when something is
 * decided, and twice a second, as pipelines load and fail at any time. On one event loop.
 */
public final class InstanceVerticle extends VerticleBase {
  private static final Logger log = LoggerFactory.getLogger(InstanceVerticle.class);
  private static final long TICK_MILLIS = 500;

  private final String self;
  private final SwarmHistory history;
  private final InstanceHost host;
  private final Map<String, Entry> entries = new HashMap<>();
  private final Set<String> reporting = new HashSet<>();
  private Runnable unfollow = () -> {};

  /** A pipeline that this node drives, from the decision to set it up until it is gone. */
  private static final class Entry {
    private final String modelId;
    private Optional<Driven> driven = Optional.empty();
    private Optional<String> problem = Optional.empty();
    private boolean leaving;

    Entry(String modelId) {
      this.modelId = modelId;
    }

    Running running() {
      return driven
          .map(Driven::status)
          .map(now -> new Running(modelId, leaving, status(now), now.problem().orElse("")))
          .orElseGet(() ->
              new Running(
                  modelId,
                  leaving,
                  problem.isPresent() ? Status.FAILED : Status.PLACED,
                  problem.orElse("")));
    }
  }

  /**
   * @param self this node
   */
  public InstanceVerticle(String self, SwarmHistory history, InstanceHost host) {
    this.self = self;
    this.history = history;
    this.host = host;
  }

  /** Null before it is deployed. */
  @Override
  public @Nullable String deploymentID() {
    return context == null ? null : super.deploymentID();
  }

  @Override
  public Future<?> start() {
    unfollow = history.onChange(() -> context.runOnContext(_ -> reconcile()));
    vertx.setPeriodic(TICK_MILLIS, _ -> reconcile());
    reconcile();
    return Future.succeededFuture();
  }

  @Override
  public Future<?> stop() {
    unfollow.run();
    return Future.succeededFuture();
  }

  private void reconcile() {
    Map<String, Running> running = new HashMap<>();
    entries.forEach((id, entry) -> running.put(id, entry.running()));
    Reconciliation.steps(history.state(), self, running, host.files()).forEach(this::perform);
  }

  private void perform(Step step) {
    switch (step) {
      case Step.Start(Placement placement) -> start(placement);
      case Step.Stop(String pipelineId) -> stop(pipelineId);
      case Step.Report(String pipelineId, Status status, String problem) ->
          report(pipelineId, status, problem);
    }
  }

  private void start(Placement placement) {
    log.info("the swarm has this node drive {} of {}", placement.pipelineId(), placement.modelId());
    Entry entry = new Entry(placement.modelId());
    entries.put(placement.pipelineId(), entry);
    var _ =
        host.start(placement)
            .onComplete(started -> context.runOnContext(_ -> started(entry, placement, started)));
  }

  private void started(Entry entry, Placement placement, AsyncResult<Driven> started) {
    if (started.succeeded()) {
      entry.driven = Optional.of(started.result());
    } else {
      String problem = String.valueOf(started.cause().getMessage());
      log.warn("{} of {} can't be: {}", placement.pipelineId(), placement.modelId(), problem);
      entry.problem = Optional.of(problem);
    }
    if (entry.leaving) {
      end(placement.pipelineId(), entry);
    }
    reconcile();
  }

  private void stop(String pipelineId) {
    Entry entry = entries.get(pipelineId);
    if (entry != null && !entry.leaving) {
      log.info("the swarm has this node take {} of {} down", pipelineId, entry.modelId);
      entry.leaving = true;
      if (entry.driven.isPresent() || entry.problem.isPresent()) {
        end(pipelineId, entry);
      }
    }
  }

  private void end(String pipelineId, Entry entry) {
    var _ =
        entry
            .driven
            .map(Driven::stop)
            .orElseGet(Future::succeededFuture)
            .onComplete(_ ->
                context.runOnContext(_ -> {
                  entries.remove(pipelineId);
                  reconcile();
                }));
  }

  /** Once at a time for each pipeline; what could not be told is told again. */
  private void report(String pipelineId, Status status, String problem) {
    if (reporting.add(pipelineId)) {
      history
          .submit(new Command.ReportStatus(pipelineId, status, problem))
          .thenAccept(outcome -> context.runOnContext(_ -> reported(pipelineId, outcome)));
    }
  }

  private void reported(String pipelineId, Outcome outcome) {
    reporting.remove(pipelineId);
    if (outcome instanceof Outcome.Refused(Outcome.Refusal refusal, String detail)) {
      log.debug("{} was not reported on: {} {}", pipelineId, refusal, detail);
    }
  }

  private static Status status(PipelineStatus now) {
    return switch (now.state()) {
      case READY -> Status.READY;
      case FAILED -> Status.FAILED;
      case LOADING, RESTARTING, DRAINING -> Status.PLACED;
    };
  }
}
