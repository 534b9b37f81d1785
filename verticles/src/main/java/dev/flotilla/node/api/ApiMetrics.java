package dev.flotilla.node.api;

import dev.flotilla.sharding.PipelineStatus;
import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.CounterWithCallback;
import io.prometheus.metrics.core.metrics.Gauge;
import io.prometheus.metrics.core.metrics.GaugeWithCallback;
import io.prometheus.metrics.core.metrics.Histogram;
import io.prometheus.metrics.expositionformats.PrometheusTextFormatWriter;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import io.vertx.core.buffer.Buffer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.function.ToDoubleFunction;

/** What the API counts, for {@code /metrics}. Label values come from here, never from clients. */
final class ApiMetrics {
  /** 1 ms to about 65 s. */
  private static final double[] FIRST_TOKEN_SECONDS = exponential(0.001, 2, 17);

  /** 50 µs to about 1.6 s. */
  private static final double[] INTER_TOKEN_SECONDS = exponential(0.000_05, 2, 16);

  private final PrometheusRegistry registry;
  private final Counter requests;
  private final Gauge connections;
  private final Counter promptTokens;
  private final Counter cachedTokens;
  private final Counter completionTokens;
  private final Histogram firstToken;
  private final Histogram interToken;

  /** Registers everything; a registry takes one. */
  ApiMetrics(PrometheusRegistry registry, ModelRegistry models) {
    this.registry = registry;
    this.requests =
        Counter.builder()
            .name("flotilla_http_requests_total")
            .help("Requests answered, by route and status; 499 where the client went away first.")
            .labelNames("route", "status")
            .register(registry);
    this.connections =
        Gauge.builder()
            .name("flotilla_http_connections")
            .help("Open client connections.")
            .register(registry);
    this.promptTokens = tokens("prompt", "Tokens of prompts, cached ones included.");
    this.cachedTokens = tokens("cached", "Tokens of prompts that a cached prefix saved.");
    this.completionTokens = tokens("completion", "Tokens generated.");
    this.firstToken =
        seconds(
            "flotilla_time_to_first_token_seconds",
            "From the arrival of a request to its first token.",
            FIRST_TOKEN_SECONDS);
    this.interToken =
        seconds(
            "flotilla_inter_token_seconds",
            "Between one piece of an answer and the next.",
            INTER_TOKEN_SECONDS);
    gauge(models, "flotilla_sessions_running", "Sessions with a slot.", PipelineStatus::running);
    gauge(models, "flotilla_sessions_queued", "Sessions that wait.", PipelineStatus::queued);
    gauge(models, "flotilla_slots", "Sessions that can run at once.", PipelineStatus::slots);
    gauge(
        models,
        "flotilla_engine_resident_bytes",
        "Memory of the engine process.",
        PipelineStatus::residentBytes);
    gauge(
        models,
        "flotilla_model_ready",
        "1 while the model takes sessions.",
        status -> status.state() == PipelineStatus.State.READY ? 1 : 0);
    CounterWithCallback.builder()
        .name("flotilla_engine_restarts_total")
        .help("Restarts of engine processes.")
        .labelNames("model")
        .callback(callback ->
            models
                .models()
                .forEach(each -> callback.call(each.pipeline().status().restarts(), each.id())))
        .register(registry);
  }

  /** A request was answered; {@code route} is a path of the route table. */
  void request(String route, int status) {
    requests.labelValues(route, Integer.toString(status)).inc();
  }

  void connections(int open) {
    connections.set(open);
  }

  /** What one answer is measured with. */
  GenerationMeter generation(String model, KeyBudget budget, int sessions, long startNanos) {
    return new GenerationMeter(
        promptTokens.labelValues(model),
        cachedTokens.labelValues(model),
        completionTokens.labelValues(model),
        firstToken.labelValues(model),
        interToken.labelValues(model),
        budget,
        new long[sessions],
        startNanos);
  }

  /** Tokens of a request that an upstream answered. */
  void passed(String model, int prompt, int completion) {
    promptTokens.labelValues(model).inc(prompt);
    completionTokens.labelValues(model).inc(completion);
  }

  /** Tokens read for embeddings. */
  void embedded(String model, int tokens) {
    promptTokens.labelValues(model).inc(tokens);
  }

  /** Prometheus' text format, version 0.0.4. */
  Buffer exposition() {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try {
      PrometheusTextFormatWriter.create().write(out, registry.scrape());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return Buffer.buffer(out.toByteArray());
  }

  private Counter tokens(String kind, String help) {
    return Counter.builder()
        .name("flotilla_" + kind + "_tokens_total")
        .help(help)
        .labelNames("model")
        .register(registry);
  }

  private Histogram seconds(String name, String help, double[] bounds) {
    return Histogram.builder()
        .name(name)
        .help(help)
        .labelNames("model")
        .classicOnly()
        .classicUpperBounds(bounds)
        .register(registry);
  }

  private void gauge(
      ModelRegistry models, String name, String help, ToDoubleFunction<PipelineStatus> value) {
    GaugeWithCallback.builder()
        .name(name)
        .help(help)
        .labelNames("model")
        .callback(callback ->
            models
                .models()
                .forEach(each ->
                    callback.call(value.applyAsDouble(each.pipeline().status()), each.id())))
        .register(registry);
  }

  private static double[] exponential(double first, double factor, int count) {
    double[] bounds = new double[count];
    for (int i = 0; i < count; i++) {
      bounds[i] = first * Math.pow(factor, i);
    }
    return bounds;
  }
}
