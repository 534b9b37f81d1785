package dev.flotilla.node.lending;

import dev.flotilla.sharding.plan.StageShape;
import io.vertx.core.json.JsonObject;

/** Shapes of stages between nodes. */
public final class StageShapeJson {
  private static final int MAX_KEY_CHARS = 128;
  private static final long MOST_LAYER_BYTES = 1L << 50;
  private static final double MOST_HEAD_LAYERS = 1e9;

  private StageShapeJson() {}

  public static JsonObject json(StageShape shape) {
    return new JsonObject()
        .put("key", shape.costKey())
        .put("active", shape.activeLayerBytes())
        .put("head", shape.headLayers());
  }

  /**
   * Reads a stranger's shape.
   *
   * @throws IllegalArgumentException naming the field that is wrong
   */
  public static StageShape of(JsonFields fields) {
    return new StageShape(
        fields.text("key", MAX_KEY_CHARS),
        fields.whole("active", 1, MOST_LAYER_BYTES),
        fields.number("head", 0, MOST_HEAD_LAYERS));
  }
}
