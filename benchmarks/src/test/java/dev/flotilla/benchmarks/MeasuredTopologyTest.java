package dev.flotilla.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import dev.flotilla.sharding.plan.ModelShape;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.Collections;
import java.util.Map;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

class MeasuredTopologyTest {
  private static final ModelShape MODEL =
      new ModelShape(
          "model",
          "shape",
          Collections.nCopies(4, 100L),
          Collections.nCopies(4, 1L),
          100,
          1,
          1,
          false,
          8,
          1,
          1,
          new TreeSet<>());

  private static JsonObject node(String id, String name, double seconds) {
    JsonObject speeds = new JsonObject();
    speeds.put(
        seconds == 0 ? "another" : "shape",
        new JsonObject().put("prefill_seconds_per_token", 0.001).put("decode_seconds", seconds));
    return new JsonObject()
        .put("id", id)
        .put("name", name)
        .put("total_bytes", 3L)
        .put("free_bytes", 2L)
        .put("usable_bytes", 1L)
        .put("cores", 1)
        .put("seconds_per_layer", speeds);
  }

  private static JsonObject link(String from, String to, double confidence) {
    return new JsonObject()
        .put("from", from)
        .put("to", to)
        .put("round_trip_ms", 10.0)
        .put("bytes_per_second", 1e8)
        .put("loss", 0.0)
        .put("age_seconds", 1.0)
        .put("confidence", confidence);
  }

  private static MeasuredTopology of(double speed, double confidence) {
    JsonArray nodes = new JsonArray().add(node("a1", "head", 0.002)).add(node("b2", "w1", speed));
    JsonArray links = new JsonArray().add(link("a1", "b2", 1)).add(link("b2", "a1", confidence));
    return MeasuredTopology.of(new JsonObject().put("nodes", nodes).put("links", links), MODEL);
  }

  @Test
  void callsNodesByTheirNames() {
    MeasuredTopology known = of(0.004, 1);

    assertThat(known.names()).isEqualTo(Map.of("a1", "head", "b2", "w1"));
    assertThat(known.layerMillis()).isEqualTo(Map.of("head", 2.0, "w1", 4.0));
    assertThat(known.topology().links().getFirst().from()).isEqualTo("head");
    assertThat(known.topology().links().getFirst().rttSeconds()).isEqualTo(0.01);
    assertThat(known.topology().nodes().getFirst().memory().usableBytes()).isEqualTo(1);
  }

  @Test
  void knowsWhatIsStillToBeMeasured() {
    assertThat(of(0.004, 1).hasSpeeds(2)).isTrue();
    assertThat(of(0, 1).hasSpeeds(2)).isFalse();
    assertThat(of(0.004, 1).hasSpeeds(3)).isFalse();
    assertThat(of(0.004, 1).hasWays(2)).isTrue();
    assertThat(of(0.004, 0.8).hasWays(2)).isFalse();
    assertThat(of(0.004, 1).hasWays(3)).isFalse();
  }
}
