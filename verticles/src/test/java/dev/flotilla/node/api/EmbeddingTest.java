package dev.flotilla.node.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.flotilla.engine.Prompt;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class EmbeddingTest {
  private final ApiServer server = new ApiServer(request -> Scripts.say(request, "x"));

  @AfterEach
  void stop() {
    server.close();
  }

  @Test
  void embedsTextsWithTheModelMadeForIt() {
    JsonObject json = embed(new JsonObject().put("input", new JsonArray().add("a").add("b")));

    assertThat(json.getString("model")).isEqualTo("embedder");
    assertThat(json.getJsonArray("data")).hasSize(2);
    JsonObject second = json.getJsonArray("data").getJsonObject(1);
    assertThat(second.getInteger("index")).isEqualTo(1);
    assertThat(second.getString("object")).isEqualTo("embedding");
    assertThat(second.getJsonArray("embedding"))
        .isEqualTo(new JsonArray(List.of(0.5, -0.5, 0.5, 0.5)));
    assertThat(json.getJsonObject("usage").getInteger("prompt_tokens")).isEqualTo(6);
  }

  @Test
  void takesTokenIds() {
    embed(new JsonObject().put("input", new JsonArray().add(1).add(2)));

    assertThat(server.embedder().embedded())
        .containsExactly(List.of(new Prompt.Tokens(new int[] {1, 2})));
  }

  @Test
  void encodesAsBase64() {
    JsonObject json = embed(new JsonObject().put("input", "a").put("encoding_format", "base64"));

    ByteBuffer bytes =
        ByteBuffer.wrap(
                Base64.getDecoder()
                    .decode(json.getJsonArray("data").getJsonObject(0).getString("embedding")))
            .order(ByteOrder.LITTLE_ENDIAN);
    assertThat(bytes.remaining()).isEqualTo(16);
    assertThat(bytes.getFloat(4)).isEqualTo(-0.5f);
  }

  @Test
  void shortensToUnitLength() {
    float[] kept = EmbeddingRoutes.shortened(new float[] {3, 4, 12}, 2);

    assertThat(kept).containsExactly(new float[] {0.6f, 0.8f}, within(1e-6f));
    assertThat(EmbeddingRoutes.shortened(new float[] {0, 0, 1}, 2)).containsExactly(0, 0);
    JsonObject json = embed(new JsonObject().put("input", "a").put("dimensions", 2));
    assertThat(json.getJsonArray("data").getJsonObject(0).getJsonArray("embedding")).hasSize(2);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          {}                                    | input
          {"input":7}                           | input
          {"input":[]}                          | input
          {"input":""}                          | input
          {"input":["a",7]}                     | input[1]
          {"input":[1,"a"]}                     | input[1]
          {"input":[[]]}                        | input[0]
          {"input":[-1]}                        | input[0]
          {"input":[1114112]}                   | input[0]
          {"input":"a","dimensions":5}          | dimensions
          {"input":"a","encoding_format":"hex"} | encoding_format
          """)
  void refusesAWrongFieldByName(String body, String param) {
    var response = server.send("POST", "/v1/embeddings", body);

    assertThat(response.statusCode()).isEqualTo(400);
    assertThat(ApiServer.error(response).getString("param")).isEqualTo(param);
  }

  private JsonObject embed(JsonObject body) {
    var response = server.post("/v1/embeddings", body);
    assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
    return ApiServer.json(response);
  }
}
