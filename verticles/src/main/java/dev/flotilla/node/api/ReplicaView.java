package dev.flotilla.node.api;

import io.vertx.core.json.JsonObject;
import java.util.OptionalDouble;

/**
 * A replica of a model as clients are shown it.
 *
 * @param node the node's id
 * @param name what people call it
 * @param state {@code ready}, {@code loading}, {@code failed} or {@code draining}
 * @param slots sessions it runs at once
 * @param running sessions that hold a slot
 * @param queued sessions that wait for one
 * @param contextTokens positions one session may use
 * @param promptTokensPerSecond how fast it reads prompts
 * @param outputTokensPerSecond how fast one session of it generates while it is alone
 * @param roundTripMillis to the node and back; empty while unknown
 */
public record ReplicaView(
    String node,
    String name,
    String state,
    int slots,
    int running,
    int queued,
    int contextTokens,
    double promptTokensPerSecond,
    double outputTokensPerSecond,
    OptionalDouble roundTripMillis) {

  JsonObject toJson() {
    JsonObject json =
        new JsonObject()
            .put("node", node)
            .put("name", name)
            .put("state", state)
            .put("slots", slots)
            .put("running", running)
            .put("queued", queued)
            .put("n_ctx", contextTokens)
            .put("prompt_per_second", promptTokensPerSecond)
            .put("predicted_per_second", outputTokensPerSecond);
    roundTripMillis.ifPresent(millis -> json.put("round_trip_ms", millis));
    return json;
  }
}
