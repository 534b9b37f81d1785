package dev.flotilla.node.trials;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.flotilla.gguf.GgufModel;
import dev.flotilla.gguf.LayerRange;
import dev.flotilla.gguf.SharedFiles;
import dev.flotilla.sharding.plan.ModelShape;
import io.vertx.core.json.JsonObject;
import java.util.Collections;
import java.util.List;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LayerSampleTest {
  private static ModelShape shape(int layers, long layerBytes, List<Integer> cuts) {
    return new ModelShape(
        "story",
        "shape",
        Collections.nCopies(layers, layerBytes),
        Collections.nCopies(layers, 0L),
        layerBytes,
        1,
        1,
        false,
        64,
        0,
        0,
        new TreeSet<>(cuts));
  }

  @Test
  void asManyLayersAreTriedAsNoCacheHolds() {
    assertThat(LayerSample.layers(shape(9, 100 << 20, List.of(1, 2, 3, 4, 5, 6, 7, 8))))
        .contains(new LayerRange(1, 4));
    assertThat(LayerSample.layers(shape(9, 1, List.of(2, 4, 8)))).contains(new LayerRange(2, 8));
    assertThat(LayerSample.layers(shape(9, 1L << 32, List.of(2, 4, 8))))
        .contains(new LayerRange(2, 4));
    assertThat(LayerSample.layers(shape(9, 1, List.of(4)))).isEmpty();
    assertThat(LayerSample.layers(shape(9, 1, List.of()))).isEmpty();
  }

  private static LayerSample sample() throws Exception {
    GgufModel model = GgufModel.read(SharedFiles.require("models/stories260K.gguf"));
    return LayerSample.of(ModelShape.of("m", model), model).orElseThrow();
  }

  @Test
  void samplesArriveAsTheyWereSent() throws Exception {
    LayerSample sent = sample();
    JsonObject json = new JsonObject(sent.toJson().encode());
    assertThat(json.encode().length()).isLessThan(LayerSample.MAX_BYTES);
    LayerSample read = LayerSample.of(json);
    assertThat(read.shape()).isEqualTo(sent.shape());
    assertThat(read.shape().headLayers()).isZero();
    assertThat(read.slice().header()).isEqualTo(sent.slice().header());
    assertThat(read.slice().fileBytes()).isEqualTo(sent.slice().fileBytes());
  }

  @ParameterizedTest
  @CsvSource({"shape, 1", "header, '='", "header, 5", "bytes, 0", "bytes, 1", "bytes, x"})
  void aWrongFieldIsRefused(String field, String text) throws Exception {
    JsonObject json = sample().toJson();
    json.put(field, text.matches("[0-9]+") ? Long.valueOf(text) : text);
    assertThatIllegalArgumentException().isThrownBy(() -> LayerSample.of(json));
  }
}
