package dev.flotilla.node.trials;

import dev.flotilla.gguf.GgufException;
import dev.flotilla.gguf.GgufModel;
import dev.flotilla.gguf.HollowSlice;
import dev.flotilla.gguf.LayerRange;
import dev.flotilla.gguf.LayerSlicer;
import dev.flotilla.node.lending.JsonFields;
import dev.flotilla.node.lending.StageShapeJson;
import dev.flotilla.sharding.plan.ModelShape;
import dev.flotilla.sharding.plan.StageShape;
import io.vertx.core.json.JsonObject;
import java.util.Base64;
import java.util.Optional;

/**
 * Layers of a model without their weights: enough to see how long the model's layers take on a
 * machine that has nothing of it.
 *
 * @param shape what the times of these layers say something about
 * @param slice neither the model's first layers nor its last
 */
public record LayerSample(StageShape shape, HollowSlice slice) {
  /** The longest JSON: a few hundred tensors' names. */
  public static final int MAX_BYTES = 1 << 20;

  /**
   * Weights that are tried where the model has as many: no processor's cache holds them, and they
   * are read in no time.
   */
  static final long ENOUGH_BYTES = 256 << 20;

  private static final long MOST_FILE_BYTES = 1L << 40;

  /** Of a model; empty if it has no layers between two cuts. */
  public static Optional<LayerSample> of(ModelShape shape, GgufModel model) throws GgufException {
    Optional<LayerRange> layers = layers(shape);
    if (layers.isEmpty()) {
      return Optional.empty();
    }
    HollowSlice slice = HollowSlice.of(LayerSlicer.plan(model, layers.get()));
    return Optional.of(new LayerSample(shape.stage(layers.get()), slice));
  }

  /** From the first cut to where it is enough, or to the last cut. */
  static Optional<LayerRange> layers(ModelShape shape) {
    if (shape.cuts().size() < 2) {
      return Optional.empty();
    }
    int from = shape.cuts().first();
    int to = from;
    long bytes = 0;
    for (int cut : shape.cuts().tailSet(from + 1)) {
      for (int layer = to; layer < cut; layer++) {
        bytes += shape.layerBytes().get(layer);
      }
      to = cut;
      if (bytes >= ENOUGH_BYTES) {
        break;
      }
    }
    return Optional.of(new LayerRange(from, to));
  }

  public JsonObject toJson() {
    return new JsonObject()
        .put("shape", StageShapeJson.json(shape))
        .put("header", Base64.getEncoder().encodeToString(slice.header()))
        .put("bytes", slice.fileBytes());
  }

  /**
   * Reads a stranger's sample.
   *
   * @throws IllegalArgumentException naming the field that is wrong
   */
  public static LayerSample of(JsonObject json) {
    JsonFields fields = new JsonFields(json);
    byte[] header = Base64.getDecoder().decode(fields.text("header", MAX_BYTES));
    return new LayerSample(
        StageShapeJson.of(fields.object("shape")),
        new HollowSlice(header, fields.whole("bytes", 1, MOST_FILE_BYTES)));
  }
}
