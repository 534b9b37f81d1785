package dev.flotilla.node.lending;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.flotilla.engine.EngineOptions.CacheType;
import dev.flotilla.gguf.LayerRange;
import dev.flotilla.node.lending.StageAnswer.Failed;
import dev.flotilla.node.lending.StageAnswer.Fetching;
import dev.flotilla.node.lending.StageAnswer.Listening;
import dev.flotilla.node.lending.StageAnswer.Loading;
import dev.flotilla.sharding.link.ActivationType;
import dev.flotilla.sharding.plan.StageShape;
import dev.flotilla.sharding.store.StageKey;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class StageOrderTest {
  private static final StageOrder ORDER =
      new StageOrder(
          "0123456789abcdef".repeat(2),
          new StageKey("ab".repeat(32), new LayerRange(3, 9)),
          new StageShape("llama/2048/Q4_K", 28L << 20, 1.5),
          7L << 30,
          4096,
          4,
          512,
          CacheType.F16,
          CacheType.Q8_0,
          Optional.of(true),
          ActivationType.F32,
          "1.0",
          true,
          250);

  @Test
  void ordersArriveAsTheyWereSent() {
    assertThat(StageOrder.of(new JsonObject(ORDER.toJson().encode()))).isEqualTo(ORDER);
    StageOrder calm = ORDER.asked(false, 0);
    assertThat(StageOrder.of(new JsonObject(calm.toJson().encode()))).isEqualTo(calm);
    assertThat(ORDER.stage()).isEqualTo("0123456789abcdef0123456789abcdef-3-9");
  }

  @Test
  void answersArriveAsTheyWereSent() {
    for (StageAnswer answer :
        List.of(
            new Fetching("checking", 5, 1L << 40),
            new Loading(),
            new Listening("::1", 65_535),
            new Failed("no room"))) {
      assertThat(StageAnswer.of(new JsonObject(answer.toJson().encode()))).isEqualTo(answer);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "pipeline, 12",
    "model, short",
    "from, 0",
    "from, 9",
    "to, 0",
    "memory, -1",
    "context, 0",
    "slots, 257",
    "batch, 1",
    "keys, F17",
    "activations, f32",
    "wait, 5001"
  })
  void aWrongFieldIsRefused(String field, String text) {
    JsonObject json = ORDER.toJson();
    Object value =
        text.matches("-?[0-9]+") && !field.equals("pipeline") ? Long.valueOf(text) : text;
    json.put(field, value);
    assertThatThrownBy(() -> StageOrder.of(json)).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void whateverArrivesIsAnOrderOrRefused() {
    long seed = Long.getLong("flotilla.test.seed", System.nanoTime());
    Random random = new Random(seed);
    List<String> fields = List.copyOf(ORDER.toJson().fieldNames());
    Object[] values = {
      null, "", "x".repeat(100), -1, 0, 1L << 60, 1.5, true, new JsonArray(), new JsonObject()
    };
    for (int i = 0; i < 10_000; i++) {
      JsonObject json = ORDER.toJson();
      for (int changes = random.nextInt(1, 4); changes > 0; changes--) {
        String field = fields.get(random.nextInt(fields.size()));
        json.put(field, values[random.nextInt(values.length)]);
      }
      try {
        StageOrder read = StageOrder.of(json);
        assertThat(StageOrder.of(read.toJson())).as("seed %d", seed).isEqualTo(read);
      } catch (IllegalArgumentException e) {
        assertThat(e.getMessage()).as("seed %d", seed).isNotBlank();
      }
    }
  }
}
