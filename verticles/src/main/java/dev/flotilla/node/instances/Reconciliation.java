package dev.flotilla.node.instances;

import dev.flotilla.federation.state.Placement;
import dev.flotilla.federation.state.Placement.Status;
import dev.flotilla.federation.state.SwarmState;
import dev.flotilla.node.instances.InstanceHost.Files;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What a node is to do so that the pipelines it drives are those that the swarm decided. Pure. */
final class Reconciliation {
  private Reconciliation() {}

  /** Something to do. */
  sealed interface Step {
    /** Set a pipeline up. */
    record Start(Placement placement) implements Step {}

    /** Take a pipeline down. */
    record Stop(String pipelineId) implements Step {}

    /** Tell the swarm how far a pipeline is. */
    record Report(String pipelineId, Status status, String problem) implements Step {}
  }

  /**
   * A pipeline that this node drives.
   *
   * @param leaving whether it is being taken down
   * @param status how far it is
   * @param problem why it can't serve; empty while nothing is wrong
   */
  record Running(String modelId, boolean leaving, Status status, String problem) {}

  /**
   * The next steps; none once all is as it should be.
   *
   * @param running what this node drives, by pipeline
   */
  static List<Step> steps(
      SwarmState state, String self, Map<String, Running> running, Files files) {
    List<Step> steps = new ArrayList<>();
    Set<String> busy = new HashSet<>();
    running.forEach((id, pipeline) -> {
      busy.add(pipeline.modelId());
      if (!pipeline.leaving() && !isWanted(state, self, id)) {
        steps.add(new Step.Stop(id));
      }
    });
    for (Placement placement : state.placements().values()) {
      if (placement.head().equals(self)) {
        Running now = running.get(placement.pipelineId());
        if (now == null) {
          begin(state, placement, files, busy, steps);
        } else if (!now.leaving()) {
          report(placement, now.status(), now.problem(), steps);
        }
      }
    }
    return steps;
  }

  private static boolean isWanted(SwarmState state, String self, String pipelineId) {
    Placement placement = state.placements().get(pipelineId);
    return placement != null && placement.head().equals(self);
  }

  private static void begin(
      SwarmState state, Placement placement, Files files, Set<String> busy, List<Step> steps) {
    String model = placement.modelId();
    if (files.served().contains(model)) {
      report(placement, Status.FAILED, "its head was started with a model of that name", steps);
    } else if (!isOf(state, model, files.digests().get(model))) {
      report(placement, Status.FAILED, "its head has no file of the model", steps);
    } else if (busy.add(model)) {
      steps.add(new Step.Start(placement));
    }
  }

  private static boolean isOf(SwarmState state, String model, @Nullable String digest) {
    var known = state.models().get(model);
    return known != null && known.digest().equals(digest);
  }

  private static void report(Placement placement, Status status, String problem, List<Step> steps) {
    if (placement.status() != status || !placement.problem().equals(problem)) {
      steps.add(new Step.Report(placement.pipelineId(), status, problem));
    }
  }
}
