package dev.flotilla.node.instances;

import dev.flotilla.federation.state.Placement;
import dev.flotilla.federation.state.Placement.Status;
import dev.flotilla.federation.state.Replacement;
import dev.flotilla.federation.state.SwarmState;
import dev.flotilla.node.instances.InstanceHost.Files;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** What a node is to do so that the pipelines it drives are those that the swarm decided. Pure. */
final class Reconciliation {
  private final SwarmState state;
  private final String self;
  private final Map<String, Running> running;
  private final Files files;
  private final Set<String> busy = new HashSet<>();
  private final List<Step> steps = new ArrayList<>();

  private Reconciliation(SwarmState state, String self, Map<String, Running> running, Files files) {
    this.state = state;
    this.self = self;
    this.running = running;
    this.files = files;
  }

  /** Something to do. */
  sealed interface Step {
    /** Set a pipeline up. */
    record Start(Placement placement) implements Step {}

    /**
     * Set a pipeline up beside the build of it that runs here, whose place it is to take.
     *
     * @param placement as it will be then
     * @param besideId the build that runs
     */
    record StartBeside(Placement placement, String besideId) implements Step {}

    /** Have sessions go on at a build that is ready, and take down the one before it. */
    record HandOver(String fromBuildId, String toBuildId) implements Step {}

    /** Take a build of a pipeline down. */
    record Stop(String buildId) implements Step {}

    /** Tell the swarm how far a build of a pipeline is. */
    record Report(String pipelineId, String buildId, Status status, String problem)
        implements Step {}
  }

  /**
   * A build of a pipeline that this node drives.
   *
   * @param besideId the build beside which it was set up; empty if by itself
   * @param leaving whether it is being taken down
   * @param status how far it is
   * @param problem why it can't serve; empty while nothing is wrong
   */
  record Running(
      String modelId, Optional<String> besideId, boolean leaving, Status status, String problem) {
    /** One that was set up by itself. */
    Running(String modelId, boolean leaving, Status status, String problem) {
      this(modelId, Optional.empty(), leaving, status, problem);
    }
  }

  /**
   * The next steps; none once all is as it should be.
   *
   * @param running what this node drives, by build
   */
  static List<Step> steps(
      SwarmState state, String self, Map<String, Running> running, Files files) {
    return new Reconciliation(state, self, running, files).steps();
  }

  private List<Step> steps() {
    Map<String, Placement> wanted = wanted();
    running.forEach((id, build) -> {
      busy.add(build.modelId());
      if (!build.leaving() && !wanted.containsKey(id)) {
        part(id);
      }
    });
    for (Placement placement : state.placements().values()) {
      if (placement.head().equals(self)) {
        see(placement, Optional.empty());
      }
      Optional<Replacement> next = placement.replacement();
      if (next.isPresent() && next.get().head().equals(self)) {
        see(
            placement.replaced(),
            placement.head().equals(self) ? Optional.of(placement.buildId()) : Optional.empty());
      }
    }
    return steps;
  }

  /** The builds that are to be here, as what they are or will be. */
  private Map<String, Placement> wanted() {
    Map<String, Placement> wanted = new HashMap<>();
    for (Placement placement : state.placements().values()) {
      if (placement.head().equals(self)) {
        wanted.put(placement.buildId(), placement);
      }
      placement
          .replacement()
          .filter(next -> next.head().equals(self))
          .ifPresent(next -> wanted.put(next.buildId(), placement.replaced()));
    }
    return wanted;
  }

  /** What another build stands beside serves on until that one can. */
  private void part(String id) {
    boolean replaced = false;
    for (Map.Entry<String, Running> other : running.entrySet()) {
      boolean beside = other.getValue().besideId().equals(Optional.of(id));
      if (beside && isDecided(other.getKey())) {
        replaced = true;
        if (other.getValue().status() == Status.READY) {
          steps.add(new Step.HandOver(id, other.getKey()));
        }
      }
    }
    if (!replaced) {
      steps.add(new Step.Stop(id));
    }
  }

  private boolean isDecided(String buildId) {
    return state.placements().values().stream()
        .anyMatch(each -> each.buildId().equals(buildId) && each.head().equals(self));
  }

  /**
   * A build that is to be here.
   *
   * @param beside the one whose place it is to take, if that is here too
   */
  private void see(Placement build, Optional<String> beside) {
    Running now = running.get(build.buildId());
    if (now != null) {
      if (!now.leaving()) {
        report(build, now.status(), now.problem());
      }
    } else {
      Optional<String> obstacle = obstacle(build.modelId());
      if (obstacle.isPresent()) {
        report(build, Status.FAILED, obstacle.get());
      } else if (beside.isPresent()) {
        beginBeside(build, beside.get());
      } else if (busy.add(build.modelId())) {
        steps.add(new Step.Start(build));
      }
    }
  }

  private void beginBeside(Placement build, String besideId) {
    Running serving = running.get(besideId);
    if (serving == null || serving.leaving()) {
      return;
    }
    switch (serving.status()) {
      case READY -> steps.add(new Step.StartBeside(build, besideId));
      case FAILED -> report(build, Status.FAILED, "what it is to replace has failed");
      case PLACED -> {}
    }
  }

  private Optional<String> obstacle(String model) {
    if (files.served().contains(model)) {
      return Optional.of("its head was started with a model of that name");
    }
    var known = state.models().get(model);
    return known != null && known.digest().equals(files.digests().get(model))
        ? Optional.empty()
        : Optional.of("its head has no file of the model");
  }

  private void report(Placement build, Status status, String problem) {
    if (build.status() != status || !build.problem().equals(problem)) {
      steps.add(new Step.Report(build.pipelineId(), build.buildId(), status, problem));
    }
  }
}
