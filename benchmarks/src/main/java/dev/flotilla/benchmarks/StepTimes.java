package dev.flotilla.benchmarks;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;

/**
 * What a step of generation takes of late, as a pipeline tells at {@code /api/pipelines}.
 *
 * @param stages in order
 */
record StepTimes(List<StageTimes> stages) {

  /**
   * Of a stage.
   *
   * @param node its name
   * @param computeMillis while it computed
   * @param waitMillis until it had time
   * @param networkMillis from it to the next stage, or from the last to the first
   */
  record StageTimes(
      String node, int layers, double computeMillis, double waitMillis, double networkMillis) {}

  StepTimes {
    stages = List.copyOf(stages);
  }

  /**
   * Reads it.
   *
   * @param names of the nodes, by id
   */
  static StepTimes of(JsonObject pipeline, Map<String, String> names) {
    return new StepTimes(
        MeasuredTopology.objects(pipeline.getJsonArray("stages")).stream()
            .map(stage -> stage(stage, names))
            .toList());
  }

  private static StageTimes stage(JsonObject stage, Map<String, String> names) {
    JsonObject step = stage.getJsonObject("generation", new JsonObject());
    JsonArray layers = stage.getJsonArray("layers");
    String node = stage.getString("node", "");
    return new StageTimes(
        names.getOrDefault(node, node),
        layers.getInteger(1) - layers.getInteger(0),
        step.getDouble("compute_ms", 0.0),
        step.getDouble("wait_ms", 0.0),
        step.getDouble("network_ms", 0.0));
  }

  private double sum(ToDoubleFunction<StageTimes> time) {
    return stages.stream().mapToDouble(time).sum();
  }

  double computeMillis() {
    return sum(StageTimes::computeMillis);
  }

  double networkMillis() {
    return sum(StageTimes::networkMillis);
  }

  double millis() {
    return computeMillis() + sum(StageTimes::waitMillis) + networkMillis();
  }

  /** For people: what each stage computed. */
  String computing() {
    return stages.stream()
        .map(stage -> String.format(Locale.ROOT, "%s %.1f ms", stage.node(), stage.computeMillis()))
        .collect(Collectors.joining(", "));
  }

  JsonArray json() {
    JsonArray values = new JsonArray();
    stages.forEach(stage ->
        values.add(
            new JsonObject()
                .put("node", stage.node())
                .put("layers", stage.layers())
                .put("computeMillis", stage.computeMillis())
                .put("waitMillis", stage.waitMillis())
                .put("networkMillis", stage.networkMillis())));
    return values;
  }
}
