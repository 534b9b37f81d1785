package dev.flotilla.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.flotilla.benchmarks.StepTimes.StageTimes;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.Map;
import org.junit.jupiter.api.Test;

class StepTimesTest {
  private static final Map<String, String> NAMES = Map.of("a1", "head", "b2", "w1");

  private static JsonObject stage(String node, int from, int to) {
    return new JsonObject().put("node", node).put("layers", new JsonArray().add(from).add(to));
  }

  private static JsonObject generation(double compute, double wait, double network) {
    return new JsonObject()
        .put("compute_ms", compute)
        .put("wait_ms", wait)
        .put("network_ms", network);
  }

  @Test
  void addsUpWhatAPipelineTellsOfItsStages() {
    JsonObject pipeline =
        new JsonObject()
            .put(
                "stages",
                new JsonArray()
                    .add(stage("a1", 0, 9).put("generation", generation(110, 0, 6)))
                    .add(stage("b2", 9, 22).put("generation", generation(80, 0.5, 7))));
    StepTimes step = StepTimes.of(pipeline, NAMES);

    assertThat(step.stages())
        .containsExactly(
            new StageTimes("head", 9, 110, 0, 6), new StageTimes("w1", 13, 80, 0.5, 7));
    assertThat(step.computeMillis()).isEqualTo(190);
    assertThat(step.networkMillis()).isEqualTo(13);
    assertThat(step.millis()).isCloseTo(203.5, within(1e-9));
    assertThat(step.computing()).isEqualTo("head 110.0 ms, w1 80.0 ms");
  }

  @Test
  void aStageThatHasGeneratedNothingTookNoTime() {
    JsonObject pipeline = new JsonObject().put("stages", new JsonArray().add(stage("c3", 0, 22)));
    assertThat(StepTimes.of(pipeline, NAMES).stages())
        .containsExactly(new StageTimes("c3", 22, 0, 0, 0));
  }
}
