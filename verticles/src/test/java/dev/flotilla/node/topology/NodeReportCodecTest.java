package dev.flotilla.node.topology;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.flotilla.engine.ComputeDevices;
import dev.flotilla.sharding.plan.LayerCost;
import dev.flotilla.sharding.plan.PowerSource;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class NodeReportCodecTest {
  static final NodeReport REPORT =
      new NodeReport(
          16_000,
          9_000,
          8_000,
          7_000,
          4,
          "Linux amd64",
          new ComputeDevices(
              "AMD EPYC",
              List.of("AVX2", "SVE_CNT=32"),
              List.of(new ComputeDevices.Gpu("CUDA0", "NVIDIA H100", 80L << 30))),
          123_456,
          PowerSource.BATTERY,
          Map.of("room", "office"),
          Map.of("llama-64", new LayerCost(1000, 0.001, 0.002)),
          List.of(new ModelOffer("story", 5, 1_000, "d".repeat(64), 512, 4, true)),
          List.of(new NodeReport.Way("a".repeat(64), 0.75, 1e8, 0.01, 3, 1.5)));

  private final NodeReportCodec codec = new NodeReportCodec();

  @Test
  void whatIsSentArrives() {
    assertThat(codec.decode(codec.encode(REPORT))).isEqualTo(REPORT);
  }

  @Test
  void whatMakesNoSenseIsRefusedByName() {
    assertRefused("cores", 0);
    assertRefused("total", -1);
    assertRefused("total", 1e300);
    assertRefused("power", "SUN");
    assertRefused("platform", "x".repeat(1000));
    assertRefused("platform", "Linux\n");
    assertRefused("devices", devices("cpu", 3));
    assertRefused("devices", devices("cpu", "x".repeat(1000)));
    assertRefused("devices", devices("features", new JsonArray().add(3)));
    assertRefused("devices", devices("features", new JsonArray().add("\u001b[2J")));
    assertRefused("devices", devices("features", new JsonArray(Collections.nCopies(100, "AVX2"))));
    assertRefused(
        "devices", devices("gpus", new JsonArray().add(new JsonObject().put("name", "CUDA0"))));
    assertRefused("models", new JsonArray().add(new JsonObject().put("id", "x".repeat(300))));
    assertRefused("labels", new JsonArray().add(label("room", "\u001b[2J")));
    assertRefused("labels", new JsonArray().add(label("", "office")));
    assertRefused("ways", new JsonArray().add(3));
    assertRefused("ways", new JsonArray(Collections.nCopies(2000, new JsonObject())));
    assertThatThrownBy(() -> codec.decode(Buffer.buffer(new byte[600_000])))
        .hasMessageContaining("600000 bytes");
  }

  private static JsonObject devices(String field, Object value) {
    return DevicesJson.encode(REPORT.devices()).put(field, value);
  }

  private static JsonObject label(String name, String value) {
    return new JsonObject().put("name", name).put("is", value);
  }

  private void assertRefused(String field, Object value) {
    JsonObject json = new JsonObject(codec.encode(REPORT)).put(field, value);
    assertThatThrownBy(() -> codec.decode(json.toBuffer()))
        .as("%s: %s", field, value)
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void damageIsRefusedOrHarmless() {
    long seed = Long.getLong("flotilla.seed", new Random().nextLong());
    System.out.println("flotilla.seed=" + seed);
    Random random = new Random(seed);
    byte[] good = codec.encode(REPORT).getBytes();
    int refused = 0;
    for (int i = 0; i < 5_000; i++) {
      byte[] bytes = good.clone();
      bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(128);
      try {
        NodeReport read = codec.decode(Buffer.buffer(bytes));
        assertThat(codec.decode(codec.encode(read))).isEqualTo(read);
      } catch (RuntimeException e) {
        refused++;
      }
    }
    assertThat(refused).isGreaterThan(500);
  }
}
