package dev.flotilla.node;

import dev.flotilla.node.auth.AuditLog;
import io.prometheus.metrics.core.metrics.CounterWithCallback;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.util.Locale;

/** What the audit log counts, for {@code /metrics}: also the refusals that it does not write. */
final class AuditMetrics {
  private AuditMetrics() {}

  /** Registers them; a registry takes one. */
  static void register(AuditLog audit, PrometheusRegistry registry) {
    CounterWithCallback.builder()
        .name("flotilla_audit_events_total")
        .help("Joins, refusals, revocations and the like, as in the audit log.")
        .labelNames("event")
        .callback(callback -> {
          for (AuditLog.Event event : AuditLog.Event.values()) {
            callback.call((double) audit.count(event), event.name().toLowerCase(Locale.ROOT));
          }
        })
        .register(registry);
  }
}
