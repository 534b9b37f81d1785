package dev.flotilla.node.federation;

import dev.flotilla.engine.EngineException;
import dev.flotilla.federation.FederationObserver;
import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.Histogram;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.util.Locale;

/** What a gateway's router counts, for {@code /metrics}. */
public final class FederationMetrics implements FederationObserver {
  /** 10 ms to about 80 s. */
  private static final double[] SECONDS = {
    0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92
  };

  private final Counter sent;
  private final Counter lost;
  private final Counter resumed;
  private final Histogram wait;
  private final Histogram pause;
  private final Counter affinity;
  private final Counter ejected;

  /** Registers everything; a registry takes one. */
  public FederationMetrics(PrometheusRegistry registry) {
    this.sent = counter(registry, "sent", "Sessions sent to replicas.", "model", "node", "attempt");
    this.lost =
        counter(
            registry, "lost", "Sessions that replicas lost or refused.", "model", "node", "cause");
    this.resumed =
        counter(registry, "resumed", "Sessions that went on at another replica.", "model", "node");
    this.wait =
        seconds(registry, "queue_wait", "Until there was room for a session at the replicas.");
    this.pause =
        seconds(registry, "resume_pause", "Between the loss of a replica and the next token.");
    this.affinity =
        counter(
            registry,
            "affinity_hits",
            "Sessions admitted where part of the prompt was cached.",
            "model",
            "node");
    this.ejected =
        counter(
            registry, "ejected", "Times a replica got no sessions for a while.", "model", "node");
  }

  private static Counter counter(
      PrometheusRegistry registry, String name, String help, String... labels) {
    return Counter.builder()
        .name("flotilla_router_" + name + "_total")
        .help(help)
        .labelNames(labels)
        .register(registry);
  }

  private static Histogram seconds(PrometheusRegistry registry, String name, String help) {
    return Histogram.builder()
        .name("flotilla_router_" + name + "_seconds")
        .help(help)
        .labelNames("model")
        .classicOnly()
        .classicUpperBounds(SECONDS)
        .register(registry);
  }

  @Override
  public void entered(String modelId, long waitedNanos) {
    wait.labelValues(modelId).observe(waitedNanos / 1e9);
  }

  @Override
  public void sent(String modelId, String nodeId, int attempt) {
    sent.labelValues(modelId, nodeId, attempt == 1 ? "first" : "further").inc();
  }

  @Override
  public void admitted(String modelId, String nodeId, int cachedTokens) {
    if (cachedTokens > 0) {
      affinity.labelValues(modelId, nodeId).inc();
    }
  }

  @Override
  public void lost(String modelId, String nodeId, EngineException cause) {
    lost.labelValues(modelId, nodeId, cause.failure().name().toLowerCase(Locale.ROOT)).inc();
  }

  @Override
  public void resumed(String modelId, String nodeId, long pauseNanos) {
    resumed.labelValues(modelId, nodeId).inc();
    pause.labelValues(modelId).observe(pauseNanos / 1e9);
  }

  @Override
  public void ejected(String modelId, String nodeId) {
    ejected.labelValues(modelId, nodeId).inc();
  }
}
