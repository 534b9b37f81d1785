package dev.flotilla.node.api;

import static org.assertj.core.api.Assertions.assertThat;

import dev.flotilla.engine.Prompt;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class CompletionTest {
  private final ApiServer server = new ApiServer(request -> Scripts.say(request, " a", " b", " c"));

  @AfterEach
  void stop() {
    server.awaitIdle();
    server.close();
  }

  @Test
  void answersOneText() {
    JsonObject json = complete(new JsonObject().put("prompt", "Once").put("max_tokens", 2));

    assertThat(json.getString("id")).startsWith("cmpl-");
    assertThat(json.getString("object")).isEqualTo("text_completion");
    JsonObject choice = json.getJsonArray("choices").getJsonObject(0);
    assertThat(choice.getString("text")).isEqualTo(" a b");
    assertThat(choice.getString("finish_reason")).isEqualTo("length");
    assertThat(server.pipeline().requests().getFirst().prompt())
        .isEqualTo(new Prompt.Text("Once", true, true));
  }

  @Test
  void takesAllFourFormsOfAPrompt() {
    complete(new JsonObject().put("prompt", "x"));
    complete(new JsonObject().put("prompt", new JsonArray().add("x").add("y")));
    complete(new JsonObject().put("prompt", new JsonArray().add(1).add(2)));
    complete(
        new JsonObject()
            .put(
                "prompt", new JsonArray().add(new JsonArray().add(3)).add(new JsonArray().add(4))));

    assertThat(server.pipeline().requests().stream().map(each -> each.prompt()))
        .containsExactly(
            new Prompt.Text("x", true, true),
            new Prompt.Text("x", true, true),
            new Prompt.Text("y", true, true),
            new Prompt.Tokens(new int[] {1, 2}),
            new Prompt.Tokens(new int[] {3}),
            new Prompt.Tokens(new int[] {4}));
  }

  @Test
  void numbersTheChoicesOfSeveralPrompts() {
    JsonObject json =
        complete(new JsonObject().put("prompt", new JsonArray().add("x").add("y")).put("n", 2));

    assertThat(json.getJsonArray("choices")).hasSize(4);
    assertThat(json.getJsonObject("usage").getInteger("prompt_tokens")).isEqualTo(14);
    assertThat(json.getJsonObject("usage").getInteger("completion_tokens")).isEqualTo(12);
    assertThat(
            server.pipeline().requests().stream().map(each -> ((Prompt.Text) each.prompt()).text()))
        .containsExactly("x", "x", "y", "y");
  }

  @Test
  void echoesThePromptWhereAsked() {
    JsonArray ids = new JsonArray().add((int) 'H').add((int) 'i');

    assertThat(textOf(complete(new JsonObject().put("prompt", "Hi").put("echo", true))))
        .isEqualTo("Hi a b c");
    assertThat(textOf(complete(new JsonObject().put("prompt", ids).put("echo", true))))
        .isEqualTo("Hi a b c");
    var streamed =
        server.post(
            "/v1/completions",
            new JsonObject().put("prompt", "Hi").put("echo", true).put("stream", true));
    assertThat(ApiServer.chunks(streamed).stream().map(CompletionTest::textOf))
        .containsExactly("Hi", " a", " b", " c", "");
  }

  @Test
  void streamsAsOpenAiDoes() {
    var response =
        server.post("/v1/completions", new JsonObject().put("prompt", "x").put("stream", true));

    assertThat(response.body()).endsWith("data: [DONE]\n\n");
    List<JsonObject> chunks = ApiServer.chunks(response);
    assertThat(chunks.stream().map(CompletionTest::textOf)).containsExactly(" a", " b", " c", "");
    assertThat(chunks.getLast().getJsonArray("choices").getJsonObject(0).getString("finish_reason"))
        .isEqualTo("stop");
    assertThat(chunks.getFirst().getString("object")).isEqualTo("text_completion");
  }

  @Test
  void reportsProbabilitiesInCompletionsShape() {
    JsonObject body = new JsonObject().put("prompt", "x").put("logprobs", 2);

    JsonObject logprobs =
        complete(body).getJsonArray("choices").getJsonObject(0).getJsonObject("logprobs");

    assertThat(logprobs.getJsonArray("tokens")).isEqualTo(new JsonArray(List.of(" a", " b", " c")));
    assertThat(logprobs.getJsonArray("text_offset")).isEqualTo(new JsonArray(List.of(0, 2, 4)));
    assertThat(logprobs.getJsonArray("token_logprobs").getDouble(0)).isEqualTo(-0.5);
    assertThat(logprobs.getJsonArray("top_logprobs").getJsonObject(0).getDouble("#1"))
        .isEqualTo(-1.5);
    var offsets = new JsonArray();
    for (JsonObject chunk :
        ApiServer.chunks(server.post("/v1/completions", body.copy().put("stream", true)))) {
      JsonObject streamed =
          chunk.getJsonArray("choices").getJsonObject(0).getJsonObject("logprobs");
      if (streamed != null) {
        offsets.addAll(streamed.getJsonArray("text_offset"));
      }
    }
    assertThat(offsets).isEqualTo(new JsonArray(List.of(0, 2, 4)));
  }

  private JsonObject complete(JsonObject body) {
    var response = server.post("/v1/completions", body);
    assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
    return ApiServer.json(response);
  }

  private static String textOf(JsonObject answer) {
    return answer.getJsonArray("choices").getJsonObject(0).getString("text");
  }
}
