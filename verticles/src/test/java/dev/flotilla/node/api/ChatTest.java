package dev.flotilla.node.api;

import static org.assertj.core.api.Assertions.assertThat;

import dev.flotilla.engine.Prompt;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ChatTest {
  private final ApiServer server =
      new ApiServer(request -> Scripts.say(request, "Hel", "lo \"", "wörld", "\n😀"));

  @AfterEach
  void stop() {
    server.awaitIdle();
    server.close();
  }

  @Test
  void answersAConversation() {
    var response = server.post("/v1/chat/completions", chat());

    assertThat(response.statusCode()).isEqualTo(200);
    JsonObject json = ApiServer.json(response);
    assertThat(json.getString("id")).startsWith("chatcmpl-");
    assertThat(json.getString("object")).isEqualTo("chat.completion");
    assertThat(json.getString("model")).isEqualTo("org/scripted");
    JsonObject choice = json.getJsonArray("choices").getJsonObject(0);
    assertThat(choice.getJsonObject("message").getString("role")).isEqualTo("assistant");
    assertThat(choice.getJsonObject("message").getString("content")).isEqualTo("Hello \"wörld\n😀");
    assertThat(choice.getString("finish_reason")).isEqualTo("stop");
    assertThat(choice.getValue("logprobs")).isNull();
    JsonObject usage = json.getJsonObject("usage");
    assertThat(usage.getInteger("prompt_tokens")).isEqualTo(7);
    assertThat(usage.getInteger("completion_tokens")).isEqualTo(4);
    assertThat(usage.getInteger("total_tokens")).isEqualTo(11);
    assertThat(usage.getJsonObject("prompt_tokens_details").getInteger("cached_tokens"))
        .isEqualTo(3);
    JsonObject timings = json.getJsonObject("timings");
    assertThat(timings.getInteger("prompt_n")).isEqualTo(4);
    assertThat(timings.getInteger("cache_n")).isEqualTo(3);
    assertThat(timings.getDouble("prompt_per_second")).isEqualTo(2000);
    assertThat(timings.getDouble("predicted_ms")).isEqualTo(4);
    assertThat(promptOf(0)).isEqualTo("<system>Be brief.<user>Hi<assistant>");
  }

  @Test
  void tellsTheRouterWhoseASessionIs() {
    server.post("/v1/chat/completions", chat().put("user", "ann"), "x-flotilla-session", "talk 1");
    server.post("/v1/chat/completions", chat().put("user", " "));

    var owners = server.pipeline().owners();
    assertThat(owners.getFirst().user()).hasValue("ann");
    assertThat(owners.getFirst().conversation()).hasValue("talk 1");
    assertThat(owners.getLast().user()).isEmpty();
    assertThat(owners.getLast().conversation()).isEmpty();
    assertThat(server.post("/v1/chat/completions", chat().put("user", 7)).statusCode())
        .isEqualTo(400);
  }

  @Test
  void streamsAsOpenAiDoes() {
    var response = server.post("/v1/chat/completions", chat().put("stream", true));

    assertThat(response.headers().firstValue("Content-Type"))
        .hasValue("text/event-stream; charset=utf-8");
    assertThat(response.body()).endsWith("data: [DONE]\n\n");
    List<JsonObject> chunks = ApiServer.chunks(response);
    assertThat(chunks)
        .allSatisfy(chunk -> {
          assertThat(chunk.getString("object")).isEqualTo("chat.completion.chunk");
          assertThat(chunk.getString("id")).isEqualTo(chunks.getFirst().getString("id"));
          assertThat(chunk.containsKey("usage")).isFalse();
        });
    assertThat(chunks.stream().map(chunk -> choice(chunk).getJsonObject("delta").encode()))
        .containsExactly(
            "{\"role\":\"assistant\",\"content\":\"\"}",
            "{\"content\":\"Hel\"}",
            "{\"content\":\"lo \\\"\"}",
            "{\"content\":\"wörld\"}",
            "{\"content\":\"\\n😀\"}",
            "{}");
    assertThat(chunks.stream().map(chunk -> choice(chunk).getString("finish_reason")))
        .containsExactly(null, null, null, null, null, "stop");
    assertThat(chunks.getLast().getJsonObject("timings").getInteger("predicted_n")).isEqualTo(4);
  }

  @Test
  void endsAStreamWithItsUsageWhereAsked() {
    var response =
        server.post(
            "/v1/chat/completions",
            chat()
                .put("stream", true)
                .put("stream_options", new JsonObject().put("include_usage", true)));

    List<JsonObject> chunks = ApiServer.chunks(response);
    assertThat(chunks.subList(0, chunks.size() - 1))
        .allSatisfy(chunk -> {
          assertThat(chunk.containsKey("usage")).isTrue();
          assertThat(chunk.getValue("usage")).isNull();
        });
    assertThat(chunks.getLast().getJsonArray("choices")).isEmpty();
    assertThat(chunks.getLast().getJsonObject("usage").getInteger("total_tokens")).isEqualTo(11);
  }

  @Test
  void runsSeveralChoicesWithSeedsOfTheirOwn() {
    var response = server.post("/v1/chat/completions", chat().put("n", 3).put("seed", 41));

    JsonArray choices = ApiServer.json(response).getJsonArray("choices");
    assertThat(choices.stream().map(choice -> ((JsonObject) choice).getInteger("index")))
        .containsExactly(0, 1, 2);
    assertThat(server.pipeline().requests().stream().map(each -> each.sampling().seed()))
        .containsExactly(41L, 42L, 43L);
    JsonObject usage = ApiServer.json(response).getJsonObject("usage");
    assertThat(usage.getInteger("prompt_tokens")).isEqualTo(7);
    assertThat(usage.getInteger("completion_tokens")).isEqualTo(12);
    assertThat(response.headers().firstValue("x-flotilla-seed")).hasValue("41");
  }

  @Test
  void streamsSeveralChoicesInterleaved() {
    var response = server.post("/v1/chat/completions", chat().put("n", 2).put("stream", true));

    var texts = new StringBuilder[] {new StringBuilder(), new StringBuilder()};
    for (JsonObject chunk : ApiServer.chunks(response)) {
      texts[choice(chunk).getInteger("index")].append(
          choice(chunk).getJsonObject("delta").getString("content", ""));
    }
    assertThat(texts[0].toString()).isEqualTo("Hello \"wörld\n😀");
    assertThat(texts[1].toString()).isEqualTo("Hello \"wörld\n😀");
    assertThat(
            ApiServer.chunks(response).stream()
                .filter(chunk -> choice(chunk).getString("finish_reason") != null))
        .hasSize(2);
  }

  @Test
  void reportsProbabilitiesInChatsShape() {
    JsonObject body = chat().put("logprobs", true).put("top_logprobs", 2);

    JsonObject collected = ApiServer.json(server.post("/v1/chat/completions", body));
    JsonArray content = choice(collected).getJsonObject("logprobs").getJsonArray("content");
    assertThat(content).hasSize(4);
    JsonObject third = content.getJsonObject(2);
    assertThat(third.getString("token")).isEqualTo("wörld");
    assertThat(third.getDouble("logprob")).isEqualTo(-0.5);
    assertThat(third.getJsonArray("bytes"))
        .isEqualTo(new JsonArray(List.of(0x77, 0xC3, 0xB6, 0x72, 0x6C, 0x64)));
    assertThat(third.getJsonArray("top_logprobs").getJsonObject(1).getString("token"))
        .isEqualTo("#1");

    var streamed = server.post("/v1/chat/completions", body.copy().put("stream", true));
    JsonArray joined = new JsonArray();
    for (JsonObject chunk : ApiServer.chunks(streamed)) {
      JsonObject logprobs = choice(chunk).getJsonObject("logprobs");
      if (logprobs != null) {
        joined.addAll(logprobs.getJsonArray("content"));
      }
    }
    assertThat(joined).isEqualTo(content);
  }

  @Test
  void joinsTextPartsAndContinuesTheAssistantsTurn() {
    JsonArray parts =
        new JsonArray()
            .add(new JsonObject().put("type", "text").put("text", "One"))
            .add(new JsonObject().put("type", "text").put("text", "Two"));
    JsonArray messages =
        new JsonArray()
            .add(new JsonObject().put("role", "developer").put("content", parts))
            .add(new JsonObject().put("role", "assistant").put("content", "Once upon"));

    server.post("/v1/chat/completions", new JsonObject().put("messages", messages));

    assertThat(promptOf(0)).isEqualTo("<system>One\nTwo<assistant>Once upon");
  }

  @Test
  void tellsTheModelOfToolsUnlessTheChoiceIsNone() {
    JsonObject function = new JsonObject().put("name", "weather");
    JsonArray tools =
        new JsonArray().add(new JsonObject().put("type", "function").put("function", function));

    server.post("/v1/chat/completions", chat().put("tools", tools));
    server.post("/v1/chat/completions", chat().put("tools", tools).put("tool_choice", "none"));

    assertThat(promptOf(0)).contains("<tools>1");
    assertThat(promptOf(1)).doesNotContain("<tools>");
  }

  @Test
  void readsALargeConversationAsWell() {
    String text = "long ".repeat(40_000);
    JsonArray messages =
        new JsonArray().add(new JsonObject().put("role", "user").put("content", text));

    var response = server.post("/v1/chat/completions", new JsonObject().put("messages", messages));

    assertThat(response.statusCode()).isEqualTo(200);
    assertThat(promptOf(0)).hasSize("<user><assistant>".length() + text.length());
  }

  private String promptOf(int request) {
    return ((Prompt.Text) server.pipeline().requests().get(request).prompt()).text();
  }

  private static JsonObject choice(JsonObject answer) {
    return answer.getJsonArray("choices").getJsonObject(0);
  }

  static JsonObject chat() {
    return new JsonObject()
        .put("model", "org/scripted")
        .put(
            "messages",
            new JsonArray()
                .add(new JsonObject().put("role", "system").put("content", "Be brief."))
                .add(new JsonObject().put("role", "user").put("content", "Hi")));
  }
}
