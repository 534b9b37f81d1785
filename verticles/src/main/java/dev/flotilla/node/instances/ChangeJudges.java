package dev.flotilla.node.instances;

import dev.flotilla.federation.state.Placement;
import dev.flotilla.federation.state.Replacement;
import dev.flotilla.federation.state.SwarmState;
import dev.flotilla.node.placement.ChangeJudge;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * The judges of all pipelines of the swarm. Every node keeps them, so that one that comes to lead
 * knows what has changed lately and what could not be changed. One thread at a time.
 */
final class ChangeJudges {
  private final Map<String, Watched> pipelines = new HashMap<>();

  private record Watched(ChangeJudge judge, String buildId, Optional<String> next) {}

  /** Takes note of what was replaced, and of what was given up. */
  void observe(SwarmState state, long nowNanos) {
    pipelines.keySet().retainAll(state.placements().keySet());
    state.placements().values().forEach(placement -> observe(placement, nowNanos));
  }

  private void observe(Placement placement, long nowNanos) {
    Watched before = pipelines.get(placement.pipelineId());
    ChangeJudge judge = before == null ? new ChangeJudge() : before.judge();
    Optional<String> next = placement.replacement().map(Replacement::buildId);
    if (before != null && !before.buildId().equals(placement.buildId())) {
      judge.made(nowNanos);
    } else if (before != null && before.next().isPresent() && !before.next().equals(next)) {
      judge.failed(nowNanos);
    }
    pipelines.put(placement.pipelineId(), new Watched(judge, placement.buildId(), next));
  }

  /** The judge of a pipeline that was {@linkplain #observe observed}. */
  Optional<ChangeJudge> judge(String pipelineId) {
    return Optional.ofNullable(pipelines.get(pipelineId)).map(Watched::judge);
  }
}
