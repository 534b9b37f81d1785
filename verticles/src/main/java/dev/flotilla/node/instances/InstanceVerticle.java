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

  /** A build of a pipeline that this node drives, from the decision on until it is gone. */
  private static final class Entry {
    private final String modelId;
    private final Optional<String> besideId;
    private Optional<Driven> driven = Optional.empty();
    private Optional<String> problem = Optional.empty();
    private boolean leaving;

    Entry(String modelId, Optional<String> besideId) {
      this.modelId = modelId;
      this.besideId = besideId;
    }

    Running running() {
      return driven
          .map(Driven::status)
          .map(
              now -> new Running(modelId, besideId, leaving, status(now), now.problem().orElse("")))
          .orElseGet(() ->
              new Running(
                  modelId,
                  besideId,
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
      case Step.StartBeside(Placement placement, String besideId) ->
          startBeside(placement, besideId);
      case Step.HandOver(String from, String to) -> handOver(from, to);
      case Step.Stop(String buildId) -> stop(buildId);
      case Step.Report report -> report(report);
    }
  }

  private void start(Placement placement) {
    log.info("the swarm has this node drive {} of {}", placement.buildId(), placement.modelId());
    begin(placement, Optional.empty(), host.start(placement));
  }

  private void startBeside(Placement placement, String besideId) {
    Entry serving = entries.get(besideId);
    if (serving != null && serving.driven.isPresent()) {
      log.info(
          "the swarm has this node build {} of {} anew, as {}",
          placement.pipelineId(),
          placement.modelId(),
          placement.buildId());
      begin(placement, Optional.of(besideId), serving.driven.get().beside(placement));
    }
  }

  private void begin(Placement placement, Optional<String> besideId, Future<Driven> starting) {
    Entry entry = new Entry(placement.modelId(), besideId);
    entries.put(placement.buildId(), entry);
    var _ =
        starting.onComplete(
            started -> context.runOnContext(_ -> started(entry, placement, started)));
  }

  /** Once begun it ends by itself: what is taken over serves no more. */
  private void handOver(String from, String to) {
    Entry before = entries.get(from);
    Entry next = entries.get(to);
    if (before != null && !before.leaving && next != null && next.driven.isPresent()) {
      log.info("{} of {} takes the place of {}", to, next.modelId, from);
      before.leaving = true;
      gone(from, next.driven.get().takeOver());
    }
  }

  private void started(Entry entry, Placement placement, AsyncResult<Driven> started) {
    if (started.succeeded()) {
      entry.driven = Optional.of(started.result());
    } else {
      String problem = String.valueOf(started.cause().getMessage());
      log.warn("{} of {} can't be: {}", placement.buildId(), placement.modelId(), problem);
      entry.problem = Optional.of(problem);
    }
    if (entry.leaving) {
      end(placement.buildId(), entry);
    }
    reconcile();
  }

  private void stop(String buildId) {
    Entry entry = entries.get(buildId);
    if (entry != null && !entry.leaving) {
      log.info("the swarm has this node take {} of {} down", buildId, entry.modelId);
      entry.leaving = true;
      if (entry.driven.isPresent() || entry.problem.isPresent()) {
        end(buildId, entry);
      }
    }
  }

  private void end(String buildId, Entry entry) {
    gone(buildId, entry.driven.map(Driven::stop).orElseGet(Future::succeededFuture));
  }

  private void gone(String buildId, Future<Void> ending) {
    var _ =
        ending.onComplete(_ ->
            context.runOnContext(_ -> {
              entries.remove(buildId);
              reconcile();
            }));
  }

  /** Once at a time for each build; what could not be told is told again. */
  private void report(Step.Report report) {
    if (reporting.add(report.buildId())) {
      history
          .submit(
              new Command.ReportStatus(
                  report.pipelineId(), report.buildId(), report.status(), report.problem()))
          .thenAccept(outcome -> context.runOnContext(_ -> reported(report.buildId(), outcome)));
    }
  }

  private void reported(String buildId, Outcome outcome) {
    reporting.remove(buildId);
    if (outcome instanceof Outcome.Refused(Outcome.Refusal refusal, String detail)) {
      log.debug("{} was not reported on: {} {}", buildId, refusal, detail);
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
