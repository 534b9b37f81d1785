package dev.flotilla.federation.scaling;

import static org.assertj.core.api.Assertions.assertThat;

import dev.flotilla.federation.SeededSampling;
import dev.flotilla.federation.scaling.ModelLoad.PipelineLoad;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class ScalingPolicyTest {
  private static final ScalingOptions OPTIONS = ScalingOptions.DEFAULT;
  private static final long NOW = 10_000_000;

  private final ScalingPolicy policy = new ScalingPolicy(OPTIONS);

  private static ModelLoad load(int min, int max, int waiting, PipelineLoad... pipelines) {
    return new ModelLoad(
        "m", min, max, false, List.of(pipelines), waiting, NOW - 20_000, NOW - 20_000, 0);
  }

  private static PipelineLoad idle(String id, long forMillis) {
    return new PipelineLoad(id, true, 4, 0, NOW - forMillis);
  }

  private static PipelineLoad busy(String id, int running) {
    return new PipelineLoad(id, true, 4, running, 0);
  }

  @Test
  void loadsOnTheFirstRequest() {
    assertThat(policy.step(load(0, 2, 0), NOW)).isEmpty();
    assertThat(policy.step(load(0, 2, 1), NOW)).contains(new ScalingStep.Add("m"));
    assertThat(policy.step(load(1, 2, 0), NOW)).contains(new ScalingStep.Add("m"));
  }

  @Test
  void addsOnlyWhileRequestsKeepWaiting() {
    assertThat(policy.step(load(0, 2, 3, busy("p", 4)), NOW)).contains(new ScalingStep.Add("m"));
    assertThat(policy.step(load(0, 1, 3, busy("p", 4)), NOW)).as("at most one").isEmpty();
    assertThat(policy.step(load(0, 2, 0, busy("p", 4)), NOW)).as("nobody waits").isEmpty();
    PipelineLoad loading = new PipelineLoad("q", false, 4, 0, 0);
    assertThat(policy.step(load(0, 3, 3, busy("p", 4), loading), NOW)).as("on its way").isEmpty();
  }

  @Test
  void removesWhatTheOthersCanDoWithout() {
    PipelineLoad old = idle("old", OPTIONS.idleMillis());
    assertThat(policy.step(load(0, 3, 0, busy("p", 1), old), NOW))
        .contains(new ScalingStep.Remove("m", "old"));
    assertThat(policy.step(load(0, 3, 0, busy("p", 3), old), NOW)).as("needed soon").isEmpty();
    assertThat(policy.step(load(2, 3, 0, busy("p", 1), old), NOW)).as("the least").isEmpty();
    assertThat(policy.step(load(0, 3, 0, busy("p", 1), idle("new", 1000)), NOW)).isEmpty();
    assertThat(policy.step(load(0, 1, 0, busy("p", 1), busy("q", 2)), NOW))
        .contains(new ScalingStep.Remove("m", "p"));
  }

  @Test
  void unloadsTheLeastRecentlyUsedThatIsNotPinned() {
    List<ModelLoad> loads = new ArrayList<>();
    for (int model = 0; model < 4; model++) {
      loads.add(
          new ModelLoad(
              "m" + model,
              0,
              1,
              model == 0,
              List.of(new PipelineLoad("p" + model, true, 4, model == 1 ? 1 : 0, 0)),
              0,
              0,
              model,
              0));
    }
    assertThat(policy.unloadFor("new", loads, NOW))
        .as("0 is pinned, 1 is running")
        .contains(new ScalingStep.Remove("m2", "p2"));
    assertThat(policy.unloadFor("m2", loads, NOW)).contains(new ScalingStep.Remove("m3", "p3"));
    assertThat(policy.unloadFor("new", loads.subList(0, 2), NOW)).isEmpty();
  }

  @Test
  void movesOnlyWhatPaysForItself() {
    assertThat(new Rebalance(0.1, 0.05, 0).speedup()).isEqualTo(2);
    assertThat(new Rebalance(0.1, 0.05, 1700).paysForItself()).isTrue();
    assertThat(new Rebalance(0.1, 0.05, 1900).paysForItself()).as("too dear").isFalse();
    assertThat(new Rebalance(0.05, 0.1, 0).paysForItself()).as("slower").isFalse();
    assertThat(new Rebalance(0.1, Double.POSITIVE_INFINITY, 0).paysForItself()).isFalse();
  }

  /** Four hours of requests that come and go, against pipelines that take a minute to load. */
  @Test
  void followsTheLoadWithoutFlapping() {
    long seed = SeededSampling.begin().seed();
    for (int run = 0; run < 50; run++) {
      SimulatedModel model = new SimulatedModel(new SplittableRandom(seed + run));
      model.run(policy, 4 * 3600);
      assertThat(model.mostPipelines).as("run %d of seed %d", run, seed).isBetween(2, 4);
      assertThat(model.pipelines()).as("unloaded in the end").isZero();
      // The load rises and falls four times.
      assertThat(model.changes).as("changes in run %d of seed %d", run, seed).isBetween(2, 40);
      assertThat(model.reversals).as("removed and soon added again").isZero();
    }
  }
}
