package dev.flotilla.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.flotilla.engine.metering.ChainFigures;
import dev.flotilla.engine.metering.StageFigures;
import dev.flotilla.engine.metering.StageWork;
import dev.flotilla.gguf.LayerRange;
import dev.flotilla.node.topology.NodeReport;
import dev.flotilla.sharding.plan.Constraints;
import dev.flotilla.sharding.plan.LayerCost;
import dev.flotilla.sharding.plan.ModelShape;
import dev.flotilla.sharding.plan.NodeProfile;
import dev.flotilla.sharding.plan.NodeRole;
import dev.flotilla.sharding.plan.Plan;
import dev.flotilla.sharding.plan.Planner;
import dev.flotilla.sharding.plan.PowerSource;
import dev.flotilla.sharding.plan.Topology;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.assertj.core.api.Condition;
import org.junit.jupiter.api.Test;

class MeasuredLayersTest {
  private static final long MIB = 1 << 20;
  private static final int LAYERS = 10;

  /** The head is as dear as three layers. */
  private static final ModelShape SHAPE = shape("shape");

  private static ModelShape shape(String key) {
    return new ModelShape(
        "story",
        key,
        Collections.nCopies(LAYERS, MIB),
        Collections.nCopies(LAYERS, 0L),
        MIB,
        3 * MIB,
        3 * MIB,
        false,
        64,
        0,
        0,
        new TreeSet<>(List.of(5)));
  }

  private static ChainFigures chain(StageFigures... stages) {
    return new ChainFigures(List.of(stages), 0, 0, 0, 0, 0);
  }

  private static StageFigures stage(int from, int to, StageWork prompts, StageWork steps) {
    return new StageFigures(
        new LayerRange(from, to), StageWork.NONE, StageWork.NONE, prompts, steps, 0, 0);
  }

  private static StageFigures idle(int from, int to) {
    return stage(from, to, StageWork.NONE, StageWork.NONE);
  }

  @Test
  void aPlanForAModelThatRunsHerePredictsTheRateItsEngineHas() {
    // 4,000 rows of prompts in 10 s, ten times the head beside them; 25 steps, 52 ms each.
    StageFigures whole =
        stage(0, 10, new StageWork(10, 4000, 10.12, 0, 9), new StageWork(25, 25, 1.3, 0, 9));
    LayerCost cost = Optional.ofNullable(look(chain(whole)).get("shape")).orElseThrow();
    NodeProfile node =
        new NodeProfile(
            "a",
            new NodeProfile.Memory(1 << 30, 1 << 30, 1 << 30),
            2,
            PowerSource.MAINS,
            Map.of(),
            Set.of(NodeRole.WORKER),
            Map.of("shape", cost));
    Plan plan =
        Planner.plan(new Topology(List.of(node), List.of()), SHAPE, Constraints.DEFAULT)
            .best()
            .orElseThrow();
    assertThat(plan.prediction().rate()).isCloseTo(1 / 0.052, within(1e-6));
    // A prompt of 512 tokens, and the head for the first token after it.
    double head = 3 * cost.decodeSeconds();
    assertThat(plan.prediction().firstTokenSeconds()).isCloseTo(512 / 400.0 + head, within(1e-6));
  }

  @Test
  void ofAPipelineOverMachinesOnlyTheOwnStageCounts() {
    // Of five layers, 100 rows of prompts in half a second, and 20 steps in a tenth.
    StageFigures own =
        stage(0, 5, new StageWork(2, 100, 0.5, 0, 9), new StageWork(20, 20, 0.1, 7, 9));
    StageFigures slow =
        stage(5, 10, new StageWork(2, 100, 50, 0, 9), new StageWork(20, 20, 10, 7, 9));
    assertThat(look(chain(own, slow)))
        .containsOnlyKeys("shape")
        .hasValueSatisfying(
            new Condition<>(
                cost ->
                    Math.abs(cost.prefillSecondsPerToken() - 0.001) < 1e-9
                        && Math.abs(cost.decodeSeconds() - 0.001) < 1e-9,
                "a millisecond for a row of a prompt, and for a step"));
  }

  @Test
  void aStepOfSeveralRowsIsTakenApart() {
    StageWork prompts = new StageWork(1, 100, 0.5, 0, 0);
    // 4 rows take 8 ms in five layers: 1.6 ms a layer, of which three rows are 3 ms at most.
    LayerCost bounded = first(prompts, new StageWork(10, 40, 0.08, 0, 0));
    assertThat(bounded.decodeSeconds()).isCloseTo(0.0004, within(1e-9));
    LayerCost apart = first(prompts, new StageWork(10, 40, 0.4, 0, 0));
    assertThat(apart.decodeSeconds()).isCloseTo(0.008 - 3 * 0.001, within(1e-9));
  }

  @Test
  void theHeadOfTheLastStageCountsAsLayers() {
    // 40 ms a step in five layers and a head of three; 100 rows and the head once in 515 ms.
    StageFigures last =
        stage(5, 10, new StageWork(1, 100, 0.515, 0, 0), new StageWork(20, 20, 0.8, 0, 0));
    LayerCost cost = MeasuredLayers.ofStage(SHAPE.stage(new LayerRange(5, 10)), last).orElseThrow();
    assertThat(cost.decodeSeconds()).isCloseTo(0.005, within(1e-9));
    assertThat(cost.prefillSecondsPerToken()).isCloseTo(0.001, within(1e-9));
  }

  @Test
  void aStageForAnotherNodeSaysItOfItsModel() {
    MeasuredLayers layers = new MeasuredLayers(Map.of());
    StageFigures middle =
        stage(3, 5, new StageWork(1, 100, 0.2, 0, 0), new StageWork(20, 20, 0.04, 0, 0));
    layers.lookAtStage(SHAPE.stage(new LayerRange(3, 5)), chain(middle));
    LayerCost cost = Optional.ofNullable(layers.known().get("shape")).orElseThrow();
    assertThat(cost.activeBytes()).isEqualTo(SHAPE.activeLayerBytes());
    assertThat(cost.decodeSeconds()).isCloseTo(0.001, within(1e-9));
    assertThat(cost.prefillSecondsPerToken()).isCloseTo(0.001, within(1e-9));
  }

  @Test
  void firstStepsDoNotReplaceWhatIsKnown() {
    MeasuredLayers layers = new MeasuredLayers(Map.of());
    StageWork prompts = new StageWork(1, 100, 0.2, 0, 0);
    lookAtMiddle(layers, prompts, new StageWork(2, 2, 0.4, 0, 0));
    assertThat(decodeSeconds(layers)).as("all that is known").isCloseTo(0.1, within(1e-9));
    lookAtMiddle(layers, prompts, new StageWork(20, 20, 0.04, 0, 0));
    assertThat(decodeSeconds(layers)).isCloseTo(0.001, within(1e-9));
    lookAtMiddle(layers, prompts, new StageWork(2, 2, 0.4, 0, 0));
    lookAtMiddle(layers, new StageWork(1, 4, 0.2, 0, 0), new StageWork(20, 20, 0.4, 0, 0));
    assertThat(decodeSeconds(layers)).isCloseTo(0.001, within(1e-9));
  }

  private static void lookAtMiddle(MeasuredLayers layers, StageWork prompts, StageWork steps) {
    layers.lookAtStage(SHAPE.stage(new LayerRange(3, 5)), chain(stage(3, 5, prompts, steps)));
  }

  private static double decodeSeconds(MeasuredLayers layers) {
    return Optional.ofNullable(layers.known().get("shape")).orElseThrow().decodeSeconds();
  }

  private static LayerCost first(StageWork prompts, StageWork steps) {
    return MeasuredLayers.ofStage(SHAPE.stage(new LayerRange(0, 5)), stage(0, 5, prompts, steps))
        .orElseThrow();
  }

  private static Map<String, LayerCost> look(ChainFigures chain) {
    MeasuredLayers layers = new MeasuredLayers(Map.of());
    layers.lookAtPipelines(Map.of("story", SHAPE), Map.of("story", chain));
    return layers.known();
  }

  @Test
  void whatHasNotWorkedSaysNothing() {
    assertThat(look(chain(idle(0, 5), idle(5, 10)))).isEmpty();
    assertThat(look(chain())).isEmpty();
    MeasuredLayers layers = new MeasuredLayers(Map.of());
    layers.lookAtPipelines(Map.of("story", SHAPE), Map.of("story", chain(idle(0, 10))));
    StageFigures gone = stage(0, 10, new StageWork(1, 99, 1, 0, 0), new StageWork(9, 9, 1, 0, 0));
    layers.lookAtPipelines(Map.of(), Map.of("story", chain(gone)));
    layers.lookAtStage(SHAPE.stage(new LayerRange(5, 10)), chain());
    layers.lookAtStage(SHAPE.stage(new LayerRange(5, 10)), chain(idle(5, 10)));
    assertThat(layers.known()).isEmpty();
  }

  @Test
  void whatWasMeasuredIsKeptAndTheOldestGoes() {
    MeasuredLayers layers = new MeasuredLayers(Map.of());
    StageFigures works = stage(0, 10, new StageWork(1, 99, 1, 0, 0), new StageWork(9, 9, 1, 0, 0));
    Map<String, ChainFigures> whole = Map.of("story", chain(works));
    for (int i = 0; i <= NodeReport.MAX_COSTS; i++) {
      layers.lookAtPipelines(Map.of("story", shape("shape" + i)), whole);
    }
    assertThat(layers.known())
        .hasSize(NodeReport.MAX_COSTS)
        .containsKey("shape1")
        .doesNotContainKey("shape0");
  }
}
