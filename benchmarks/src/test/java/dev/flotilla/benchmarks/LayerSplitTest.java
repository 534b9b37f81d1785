package dev.flotilla.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import dev.flotilla.gguf.LayerRange;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SequencedMap;
import org.junit.jupiter.api.Test;

class LayerSplitTest {

  @Test
  void givesLayersInProportionAndInOrder() {
    SequencedMap<String, Long> weights = new LinkedHashMap<>();
    weights.put("head", 700L);
    weights.put("w1", 560L);
    weights.put("w2", 900L);

    assertThat(LayerSplit.proportional(weights, 22))
        .containsExactly(
            Map.entry("head", new LayerRange(0, 7)),
            Map.entry("w1", new LayerRange(7, 13)),
            Map.entry("w2", new LayerRange(13, 22)));
  }
}
