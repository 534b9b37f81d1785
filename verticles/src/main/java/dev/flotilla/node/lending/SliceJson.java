package dev.flotilla.node.lending;

import dev.flotilla.gguf.LayerRange;
import dev.flotilla.sharding.store.StageKey;
import io.vertx.core.json.JsonObject;

/** Which slice of which model, as JSON. */
public final class SliceJson {
  private static final int MAX_LAYERS = 10_000;

  private SliceJson() {}

  public static JsonObject json(StageKey slice) {
    return new JsonObject()
        .put("model", slice.contentId())
        .put("from", slice.range().from())
        .put("to", slice.range().to());
  }

  /**
   * Reads a stranger's.
   *
   * @throws IllegalArgumentException naming the field that is wrong
   */
  static StageKey of(JsonObject json) {
    JsonFields fields = new JsonFields(json);
    int to = fields.count("to", 1, MAX_LAYERS);
    return new StageKey(
        fields.text("model", 64), new LayerRange(fields.count("from", 0, to - 1), to));
  }
}
