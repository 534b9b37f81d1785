package dev.flotilla.node.api;

import dev.flotilla.engine.SessionEvent.Admitted;
import dev.flotilla.engine.SessionEvent.Generated;
import io.prometheus.metrics.core.datapoints.CounterDataPoint;
import io.prometheus.metrics.core.datapoints.DistributionDataPoint;

/**
 * Measures one answer. Its data points are looked up once, so that a token costs no map look-up.
 *
 * @param budget of the caller, which pays for what is computed: not for what was cached
 * @param lastNanos per session, when its last piece came; 0 before the first
 * @param startNanos when the request arrived
 */
record GenerationMeter(
    CounterDataPoint promptTokens,
    CounterDataPoint cachedTokens,
    CounterDataPoint completionTokens,
    DistributionDataPoint firstToken,
    DistributionDataPoint interToken,
    KeyBudget budget,
    long[] lastNanos,
    long startNanos) {

  void admitted(Admitted event) {
    promptTokens.inc(event.promptTokens());
    cachedTokens.inc(event.cachedTokens());
    budget.spend(event.promptTokens() - event.cachedTokens());
  }

  void generated(int index, Generated event) {
    long now = System.nanoTime();
    completionTokens.inc(event.tokens().length);
    budget.spend(event.tokens().length);
    if (lastNanos[index] == 0) {
      firstToken.observe((now - startNanos) / 1e9);
    } else {
      interToken.observe((now - lastNanos[index]) / 1e9);
    }
    lastNanos[index] = now;
  }
}
