package dev.flotilla.benchmarks;

import dev.flotilla.gguf.LayerRange;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SequencedMap;

/** Cuts that look at no measurement of speed. */
final class LayerSplit {
  private LayerSplit() {}

  /**
   * Layers in proportion.
   *
   * @param weights of each node, in the order of the stages, none so small that it gets no layer
   * @return the layers of each
   */
  static SequencedMap<String, LayerRange> proportional(
      SequencedMap<String, Long> weights, int layers) {
    double all = weights.values().stream().mapToLong(Long::longValue).sum();
    SequencedMap<String, LayerRange> stages = new LinkedHashMap<>();
    long sum = 0;
    int from = 0;
    for (Map.Entry<String, Long> weight : weights.entrySet()) {
      sum += weight.getValue();
      int to = (int) Math.round(layers * sum / all);
      stages.put(weight.getKey(), new LayerRange(from, to));
      from = to;
    }
    return stages;
  }
}
