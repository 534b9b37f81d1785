package dev.flotilla.node.topology;

import dev.flotilla.node.lending.JsonFields;
import dev.flotilla.sharding.plan.LayerCost;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.HashMap;
import java.util.Map;

/** Measured costs of layers as JSON, by {@link dev.flotilla.sharding.plan.ModelShape#costKey}. */
final class LayerCosts {
  private static final int MAX_KEY = 128;
  private static final long MOST_BYTES = 1L << 50;
  private static final double MOST_SECONDS = 60_000;

  private LayerCosts() {}

  static JsonArray encode(Map<String, LayerCost> costs) {
    JsonArray list = new JsonArray();
    costs.forEach((key, cost) ->
        list.add(
            new JsonObject()
                .put("key", key)
                .put("bytes", cost.activeBytes())
                .put("prefill", cost.prefillSecondsPerToken())
                .put("decode", cost.decodeSeconds())));
    return list;
  }

  /**
   * What was encoded.
   *
   * @throws IllegalArgumentException that names the field that is wrong
   */
  static Map<String, LayerCost> decode(JsonArray list) {
    Map<String, LayerCost> costs = new HashMap<>();
    for (JsonFields cost : JsonFields.each(list)) {
      costs.put(
          cost.text("key", MAX_KEY),
          new LayerCost(
              cost.whole("bytes", 1, MOST_BYTES),
              cost.number("prefill", 0, MOST_SECONDS),
              cost.number("decode", 0, MOST_SECONDS)));
    }
    return costs;
  }
}
