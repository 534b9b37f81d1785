package dev.flotilla.node.instances;

import static org.assertj.core.api.Assertions.assertThat;

import dev.flotilla.federation.ReplicaAnnouncement;
import dev.flotilla.federation.ReplicaAnnouncement.State;
import dev.flotilla.federation.ReplicaSpeed;
import dev.flotilla.federation.scaling.ModelLoad;
import dev.flotilla.federation.scaling.ModelLoad.PipelineLoad;
import dev.flotilla.federation.scaling.ScalingOptions;
import dev.flotilla.federation.scaling.ScalingPolicy;
import dev.flotilla.federation.scaling.ScalingStep;
import dev.flotilla.federation.state.ModelEntry;
import dev.flotilla.federation.state.Placement;
import dev.flotilla.federation.state.Placement.Status;
import dev.flotilla.federation.state.Replacement;
import dev.flotilla.federation.state.SwarmState;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What is announced, as those see it who add and remove pipelines. */
class LoadMeterTest {
  private static final String A = Views.id('a');
  private static final String B = Views.id('b');
  private static final ScalingPolicy POLICY =
      new ScalingPolicy(new ScalingOptions(10_000, 60_000, 5_000, 0.5));

  private long now = 1_000_000;
  private long sequence;
  private final LoadMeter meter = new LoadMeter(() -> now);

  private static Placement placed(String id, String model, String node, boolean onDemand) {
    Placement placement = Views.placement(id, model, Status.READY, node);
    return new Placement(id, model, placement.stages(), onDemand, Status.READY, "");
  }

  private static SwarmState state(Placement... placements) {
    return Views.state(
        List.of(), List.of(new ModelEntry("m", 4, 1, "digest")), List.of(placements));
  }

  private void heard(String node, String model, int running, int queued) {
    meter.heard(announcement(node, model, running, queued, State.READY));
  }

  private ReplicaAnnouncement announcement(
      String node, String model, int running, int queued, State state) {
    return new ReplicaAnnouncement(
        node,
        model,
        "1",
        "0".repeat(64),
        1,
        sequence++,
        state,
        4,
        running,
        queued,
        64,
        512,
        0,
        0,
        0,
        0,
        new ReplicaSpeed(100, List.of(10.0)),
        Optional.empty());
  }

  /** Says the same every second for so long. */
  private void hold(int seconds, String node, String model, int running, int queued) {
    for (int second = 0; second < seconds; second++) {
      now += 1_000;
      heard(node, model, running, queued);
    }
  }

  private ModelLoad load(SwarmState state, int most) {
    return meter.loads(state, most).getFirst();
  }

  @Test
  void anotherPipelineIsAddedOnceRequestsHaveWaitedForLong() {
    SwarmState state = state(placed("p", "m", A, true));
    assertThat(POLICY.step(load(state, 2), now)).isEmpty();
    hold(9, A, "m", 4, 3);
    assertThat(POLICY.step(load(state, 2), now)).isEmpty();
    hold(3, A, "m", 4, 3);
    assertThat(POLICY.step(load(state, 2), now)).contains(new ScalingStep.Add("m"));
    assertThat(POLICY.step(load(state, 1), now)).as("one is the most").isEmpty();
    hold(1, A, "m", 4, 0);
    hold(5, A, "m", 4, 3);
    assertThat(POLICY.step(load(state, 2), now)).as("the queue was empty").isEmpty();
  }

  @Test
  void whatIsOnDemandAndIdleIsRemovedAndNothingElse() {
    SwarmState state = state(placed("p", "m", A, true));
    assertThat(POLICY.step(load(state, 1), now)).isEmpty();
    hold(5, A, "m", 1, 0);
    hold(59, A, "m", 0, 0);
    assertThat(POLICY.step(load(state, 1), now)).isEmpty();
    hold(2, A, "m", 0, 0);
    assertThat(POLICY.step(load(state, 1), now)).contains(new ScalingStep.Remove("m", "p"));

    SwarmState kept = state(placed("p", "m", A, false));
    assertThat(POLICY.step(load(kept, 1), now)).isEmpty();
  }

  @Test
  void onlyWhatIsOnDemandMakesWay() {
    SwarmState state =
        state(placed("p", "m", A, false), placed("q", "n", A, true), placed("r", "o", B, true));
    assertThat(meter.evictable(state, 1)).hasSize(2);
    hold(6, A, "n", 0, 0);
    heard(A, "m", 0, 0);
    heard(B, "o", 1, 0);
    now += 1;
    assertThat(meter.evictable(state, 1)).extracting(ModelLoad::modelId).containsExactly("n", "o");
    assertThat(POLICY.unloadFor("x", meter.evictable(state, 1), now))
        .contains(new ScalingStep.Remove("n", "q"));
  }

  @Test
  void ofMoreThanThereMayBeOneGoesThatIsOnDemand() {
    SwarmState state = state(placed("p", "m", A, false), placed("q", "m", B, true));
    heard(A, "m", 0, 0);
    heard(B, "m", 0, 0);
    ModelLoad load = load(state, 1);
    assertThat(ScalingVerticle.permitted(state, load, new ScalingStep.Remove("m", "p")))
        .contains(new ScalingStep.Remove("m", "q"));
    assertThat(ScalingVerticle.permitted(state, load, new ScalingStep.Remove("m", "q")))
        .contains(new ScalingStep.Remove("m", "q"));
    assertThat(ScalingVerticle.permitted(state, load(state, 2), new ScalingStep.Remove("m", "p")))
        .isEmpty();
  }

  @Test
  void whoFallsSilentIsNotCounted() {
    SwarmState state = state(placed("p", "m", A, true));
    heard(A, "m", 4, 9);
    assertThat(load(state, 1).waiting()).isEqualTo(9);
    now += 6_000;
    assertThat(load(state, 1).waiting()).isZero();
    assertThat(load(state, 1).pipelines()).singleElement().matches(each -> !each.ready());
  }

  @Test
  void whatIsBuiltBesideAPipelineAndWhatIsGoingIsNoPipelineMore() {
    Placement first = placed("p", "m", A, true);
    SwarmState replacing =
        state(
            first.with(
                new Replacement(
                    "next", Views.placement("x", "m", Status.READY, B).stages(), "faster")));
    hold(10, A, "m", 0, 0);
    heard(B, "m", 0, 0);
    assertThat(load(replacing, 1).pipelines())
        .extracting(PipelineLoad::pipelineId)
        .containsExactly("p");
    long began = load(replacing, 1).lastChangeMillis();

    now += 1_000;
    SwarmState replaced =
        state(Optional.ofNullable(replacing.placements().get("p")).orElseThrow().replaced());
    assertThat(load(replaced, 1).lastChangeMillis()).as("it has to settle").isGreaterThan(began);
    meter.heard(announcement(A, "m", 3, 0, State.DRAINING));
    assertThat(load(replaced, 1).pipelines())
        .extracting(PipelineLoad::pipelineId)
        .containsExactly("p");
  }
}
