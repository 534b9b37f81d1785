package dev.flotilla.node.instances;

import dev.flotilla.node.lending.JsonFields;
import dev.flotilla.sharding.plan.ModelShape;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;

/** Shapes of models between nodes; what comes from another node is checked field by field. */
final class ShapeJson {
  /** The longest shape: a few thousand numbers. */
  static final int MAX_BYTES = 256 << 10;

  private static final int MAX_LAYERS = 4096;
  private static final long MOST_BYTES = 1L << 50;

  private ShapeJson() {}

  static JsonObject json(ModelShape shape) {
    return new JsonObject()
        .put("id", shape.id())
        .put("key", shape.costKey())
        .put("layers", new JsonArray(shape.layerBytes()))
        .put("kv", new JsonArray(shape.kvBytesPerToken()))
        .put("active", shape.activeLayerBytes())
        .put("embedding", shape.embeddingBytes())
        .put("head", shape.headBytes())
        .put("tied", shape.tiedHead())
        .put("width", shape.activationWidth())
        .put("buffer", shape.stageBufferBytes())
        .put("head_buffer", shape.headBufferBytes())
        .put("cuts", new JsonArray(List.copyOf(shape.cuts())));
  }

  /**
   * The shape of such JSON.
   *
   * @throws IllegalArgumentException if it makes no sense
   */
  static ModelShape shape(JsonObject json) {
    JsonFields fields = new JsonFields(json);
    List<Integer> cuts =
        numbers(fields, "cuts", MAX_LAYERS).stream().map(Math::toIntExact).toList();
    return new ModelShape(
        fields.text("id", 255),
        fields.text("key", 128),
        numbers(fields, "layers", MOST_BYTES),
        numbers(fields, "kv", MOST_BYTES),
        fields.whole("active", 1, MOST_BYTES),
        fields.whole("embedding", 0, MOST_BYTES),
        fields.whole("head", 0, MOST_BYTES),
        fields.flag("tied"),
        fields.count("width", 1, 1 << 24),
        fields.whole("buffer", 0, MOST_BYTES),
        fields.whole("head_buffer", 0, MOST_BYTES),
        new TreeSet<>(cuts));
  }

  private static List<Long> numbers(JsonFields fields, String name, long most) {
    List<Long> numbers = new ArrayList<>();
    for (Object value : fields.list(name, MAX_LAYERS)) {
      boolean isWhole = value instanceof Integer || value instanceof Long;
      long number = isWhole ? ((Number) value).longValue() : -1;
      if (number < 0 || number > most) {
        throw new IllegalArgumentException(
            "%s has a value that is no whole number up to %d".formatted(name, most));
      }
      numbers.add(number);
    }
    return numbers;
  }
}
