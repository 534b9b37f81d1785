package dev.flotilla.node.upstream;

import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.GaugeWithCallback;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.util.List;
import java.util.Locale;
import java.util.function.Supplier;

/** What is counted of upstreams, for {@code /metrics}. */
final class UpstreamMetrics {
  private final Counter requests;
  private final Counter ejected;

  /** Registers everything; a registry takes one. */
  UpstreamMetrics(PrometheusRegistry registry, Supplier<List<UpstreamServer>> servers) {
    this.requests =
        Counter.builder()
            .name("flotilla_upstream_requests_total")
            .help("Requests sent to upstreams, by how they ended.")
            .labelNames("upstream", "outcome")
            .register(registry);
    this.ejected =
        Counter.builder()
            .name("flotilla_upstream_ejected_total")
            .help("Times an upstream got no requests for a while.")
            .labelNames("upstream")
            .register(registry);
    GaugeWithCallback.builder()
        .name("flotilla_upstream_up")
        .help("1 while the upstream tells its models.")
        .labelNames("upstream")
        .callback(callback ->
            servers.get().forEach(each -> callback.call(each.isUp() ? 1 : 0, each.name())))
        .register(registry);
    GaugeWithCallback.builder()
        .name("flotilla_upstream_running")
        .help("Requests of this node that the upstream works on.")
        .labelNames("upstream")
        .callback(
            callback -> servers.get().forEach(each -> callback.call(each.running(), each.name())))
        .register(registry);
  }

  void ended(String server, Exchange.Outcome outcome) {
    requests.labelValues(server, label(outcome)).inc();
  }

  private static String label(Exchange.Outcome outcome) {
    return switch (outcome) {
      case Exchange.Outcome.Served() -> "served";
      case Exchange.Outcome.Cancelled() -> "cancelled";
      case Exchange.Outcome.Failed(UpstreamException cause) ->
          cause.failure().name().toLowerCase(Locale.ROOT);
    };
  }

  void ejected(String server) {
    ejected.labelValues(server).inc();
  }
}
