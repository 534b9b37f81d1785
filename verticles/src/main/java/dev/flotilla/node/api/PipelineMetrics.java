package dev.flotilla.node.api;

import dev.flotilla.engine.metering.ChainFigures;
import dev.flotilla.engine.metering.StageFigures;
import dev.flotilla.engine.metering.StageWork;
import dev.flotilla.node.api.PipelineList.PipelineView;
import dev.flotilla.node.api.PipelineList.StageView;
import io.prometheus.metrics.core.metrics.CounterWithCallback;
import io.prometheus.metrics.core.metrics.GaugeWithCallback;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.util.List;
import java.util.function.ToDoubleFunction;

/**
 * Where the time of the pipelines goes that this node drives, for {@code /metrics}. A stage is
 * named by its layers: it keeps them when it moves to another node.
 */
final class PipelineMetrics {
  private static final String[] STAGE = {"model", "layers"};
  private static final String[] WORK = {"model", "layers", "kind"};

  private final PrometheusRegistry registry;
  private final PipelineList pipelines;

  private PipelineMetrics(PrometheusRegistry registry, PipelineList pipelines) {
    this.registry = registry;
    this.pipelines = pipelines;
  }

  /** Registers everything; a registry takes one. */
  static void register(PrometheusRegistry registry, PipelineList pipelines) {
    PipelineMetrics metrics = new PipelineMetrics(registry, pipelines);
    metrics.work("batches", "Batches that a stage has computed.", StageWork::batches);
    metrics.work("tokens", "Tokens of these batches.", StageWork::rows);
    metrics.work("compute_seconds", "Computing them.", StageWork::computeSeconds);
    metrics.work("wait_seconds", "Batches waiting for a stage.", StageWork::waitSeconds);
    metrics.work(
        "network_seconds",
        "On the way from a stage to the next, or from the last to the first.",
        StageWork::networkSeconds);
    metrics.links();
    metrics.recoveries();
    metrics.recuts();
    metrics.chains("drafted_tokens", "Tokens guessed ahead.", ChainFigures::draftedTokens);
    metrics.chains(
        "accepted_tokens", "Those of them that were right.", ChainFigures::acceptedTokens);
  }

  private void work(String name, String help, ToDoubleFunction<StageWork> value) {
    CounterWithCallback.builder()
        .name("flotilla_stage_" + name + "_total")
        .help(help)
        .labelNames(WORK)
        .callback(counter ->
            stages((model, layers, figures) -> {
              counter.call(value.applyAsDouble(figures.prompts()), model, layers, "prompt");
              counter.call(value.applyAsDouble(figures.generation()), model, layers, "generation");
            }))
        .register(registry);
  }

  private void links() {
    CounterWithCallback.builder()
        .name("flotilla_link_activation_bytes_total")
        .help("Hidden states that a stage has sent to the next.")
        .labelNames(STAGE)
        .callback(counter ->
            stages((model, layers, figures) -> counter.call(figures.sentBytes(), model, layers)))
        .register(registry);
    GaugeWithCallback.builder()
        .name("flotilla_link_round_trip_seconds")
        .help("Round trip from a stage to the next, or from the last to the first, of late.")
        .labelNames(STAGE)
        .callback(gauge ->
            stages(
                (model, layers, figures) -> gauge.call(figures.roundTripSeconds(), model, layers)))
        .register(registry);
  }

  private void recuts() {
    CounterWithCallback.builder()
        .name("flotilla_pipeline_recuts_total")
        .help("Times that a pipeline was built anew with other cuts, while it served.")
        .labelNames("model")
        .callback(counter ->
            driven().forEach(pipeline -> counter.call(pipeline.recuts(), pipeline.model())))
        .register(registry);
  }

  private void recoveries() {
    chains("recoveries", "Times that a lost stage was replaced.", ChainFigures::recoveries);
    chains("pause_seconds", "Time that pipelines lacked a stage.", ChainFigures::pauseSeconds);
    GaugeWithCallback.builder()
        .name("flotilla_pipeline_last_pause_seconds")
        .help("The last time that a pipeline lacked a stage.")
        .labelNames("model")
        .callback(
            gauge -> chains((model, figures) -> gauge.call(figures.lastPauseSeconds(), model)))
        .register(registry);
  }

  private void chains(String name, String help, ToDoubleFunction<ChainFigures> value) {
    CounterWithCallback.builder()
        .name("flotilla_pipeline_" + name + "_total")
        .help(help)
        .labelNames("model")
        .callback(counter ->
            chains((model, figures) -> counter.call(value.applyAsDouble(figures), model)))
        .register(registry);
  }

  @FunctionalInterface
  private interface ChainVisitor {
    void visit(String model, ChainFigures figures);
  }

  @FunctionalInterface
  private interface StageVisitor {
    void visit(String model, String layers, StageFigures figures);
  }

  private void chains(ChainVisitor visitor) {
    for (PipelineView pipeline : driven()) {
      pipeline.figures().ifPresent(figures -> visitor.visit(pipeline.model(), figures));
    }
  }

  private List<PipelineView> driven() {
    return pipelines.pipelines().stream().filter(PipelineView::driven).toList();
  }

  private void stages(StageVisitor visitor) {
    for (PipelineView pipeline : driven()) {
      for (StageView stage : pipeline.stages()) {
        String layers = stage.fromLayer() + "-" + (stage.toLayer() - 1);
        pipeline
            .figures(stage)
            .ifPresent(figures -> visitor.visit(pipeline.model(), layers, figures));
      }
    }
  }
}
