package dev.flotilla.node.api;

import static org.assertj.core.api.Assertions.assertThat;

import com.openai.client.OpenAIClient;
import com.openai.client.okhttp.OpenAIOkHttpClient;
import com.openai.core.JsonValue;
import com.openai.core.http.StreamResponse;
import com.openai.helpers.ChatCompletionAccumulator;
import com.openai.models.FunctionDefinition;
import com.openai.models.FunctionParameters;
import com.openai.models.chat.completions.ChatCompletion;
import com.openai.models.chat.completions.ChatCompletionChunk;
import com.openai.models.chat.completions.ChatCompletionCreateParams;
import com.openai.models.chat.completions.ChatCompletionMessageFunctionToolCall;
import dev.flotilla.engine.Prompt;
import dev.flotilla.engine.SessionRequest;
import dev.flotilla.node.api.ScriptedPipeline.Step;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Tools in chats, as OpenAI has them. */
class ToolTest {
  private static final String[] ANSWER = {
    "Let me",
    " see.",
    "\n<tool",
    "_call>\n{\"name\": \"weather\", \"argu",
    "ments\": {\"city\": \"Os",
    "lo\"}}",
    "\n</tool_call>\n<tool_call>{\"name\":\"weather\"}</tool_",
    "call>"
  };

  private volatile String[] answer = ANSWER;
  private final ApiServer server =
      new ApiServer(
          ApiServer.OPTIONS,
          Optional.of(schema -> "root ::= \"never asked\""),
          request -> play(request));

  private List<Step> play(SessionRequest request) {
    return Scripts.say(request, answer);
  }

  @AfterEach
  void stop() {
    server.awaitIdle();
    server.close();
  }

  @Test
  void tellsCallsFromContent() {
    JsonObject choice = choice(server.post("/v1/chat/completions", chat()).body());

    JsonObject message = choice.getJsonObject("message");
    assertThat(message.getString("content")).isEqualTo("Let me see.");
    JsonArray calls = message.getJsonArray("tool_calls");
    assertThat(calls).hasSize(2);
    JsonObject call = calls.getJsonObject(0);
    assertThat(call.getString("id")).startsWith("call_");
    assertThat(call.getString("id")).isNotEqualTo(calls.getJsonObject(1).getString("id"));
    assertThat(call.getString("type")).isEqualTo("function");
    assertThat(call.containsKey("index")).isFalse();
    assertThat(call.getJsonObject("function").getString("name")).isEqualTo("weather");
    assertThat(call.getJsonObject("function").getString("arguments"))
        .isEqualTo("{\"city\": \"Oslo\"}");
    assertThat(choice.getString("finish_reason")).isEqualTo("tool_calls");
    assertThat(request().shownTokens()).containsExactly("<tool_call>", "</tool_call>");
    assertThat(request().sampling().grammar()).isEmpty();
  }

  @Test
  void streamsCallsWhole() {
    var response = server.post("/v1/chat/completions", chat().put("stream", true));

    StringBuilder content = new StringBuilder();
    JsonArray calls = new JsonArray();
    String reason = null;
    for (JsonObject chunk : ApiServer.chunks(response)) {
      JsonObject choice = chunk.getJsonArray("choices").getJsonObject(0);
      content.append(choice.getJsonObject("delta").getString("content", ""));
      calls.addAll(choice.getJsonObject("delta").getJsonArray("tool_calls", new JsonArray()));
      reason = choice.getString("finish_reason");
    }
    assertThat(content.toString()).isEqualTo("Let me see.");
    assertThat(calls.stream().map(call -> ((JsonObject) call).getInteger("index")))
        .containsExactly(0, 1);
    assertThat(calls.getJsonObject(0).getJsonObject("function").getString("arguments"))
        .isEqualTo("{\"city\": \"Oslo\"}");
    assertThat(reason).isEqualTo("tool_calls");
  }

  @Test
  void givesOneCallWhereOneIsAskedFor() {
    JsonObject choice =
        choice(
            server.post("/v1/chat/completions", chat().put("parallel_tool_calls", false)).body());

    assertThat(choice.getJsonObject("message").getJsonArray("tool_calls")).hasSize(1);
  }

  @Test
  void leavesTextAloneWithoutTools() {
    for (JsonObject body : List.of(ChatTest.chat(), chat().put("tool_choice", "none"))) {
      JsonObject choice = choice(server.post("/v1/chat/completions", body).body());
      assertThat(choice.getJsonObject("message").getString("content"))
          .isEqualTo(String.join("", ANSWER));
      assertThat(choice.getJsonObject("message").containsKey("tool_calls")).isFalse();
      assertThat(choice.getString("finish_reason")).isEqualTo("stop");
    }
  }

  @Test
  void holdsTheAnswerToRequiredAndNamedTools() {
    JsonObject named =
        new JsonObject()
            .put("type", "function")
            .put("function", new JsonObject().put("name", "weather"));
    for (Object choice : List.of("required", named)) {
      server.post("/v1/chat/completions", chat().put("tool_choice", choice));
      assertThat(server.pipeline().requests().getLast().sampling().grammar().orElseThrow())
          .startsWith("root ::= call")
          .contains("<tool_call>\\n{")
          .contains("city");
    }
  }

  @Test
  void offersCallsBesideAResponseFormat() {
    JsonObject format = new JsonObject().put("type", "json_object");
    server.post("/v1/chat/completions", chat().put("response_format", format));

    assertThat(request().sampling().grammar().orElseThrow())
        .contains("any-object")
        .contains("<tool_call>");
  }

  @Test
  void takesCallsAndResultsOfThePast() {
    JsonArray messages =
        new JsonArray(
            """
            [{"role":"user","content":"Oslo?"},
             {"role":"assistant","content":null,"tool_calls":[{"id":"call_1","type":"function",
               "function":{"name":"weather","arguments":"{\\"city\\":\\"Oslo\\"}"}}]},
             {"role":"tool","tool_call_id":"call_1","content":[{"type":"text","text":"cold"}]}]
            """);
    server.post("/v1/chat/completions", chat().put("messages", messages));

    assertThat(((Prompt.Text) request().prompt()).text())
        .isEqualTo(
            "<user>Oslo?<assistant>[{id=call_1, type=function, function={name=weather,"
                + " arguments={city=Oslo}}}]<tool>cold<tools>1<assistant>");
  }

  @Test
  void theOfficialSdkReadsCalls() {
    OpenAIClient client =
        OpenAIOkHttpClient.builder().baseUrl(server.url("/v1")).apiKey("any").build();
    FunctionDefinition function =
        FunctionDefinition.builder()
            .name("weather")
            .parameters(
                FunctionParameters.builder()
                    .putAdditionalProperty("type", JsonValue.from("object"))
                    .putAdditionalProperty(
                        "properties", JsonValue.from(Map.of("city", Map.of("type", "string"))))
                    .build())
            .build();
    ChatCompletionCreateParams params =
        ChatCompletionCreateParams.builder()
            .model("org/scripted")
            .addUserMessage("Oslo?")
            .addFunctionTool(function)
            .build();

    ChatCompletion whole = client.chat().completions().create(params);
    whole.validate();
    assertCall(whole);
    ChatCompletionAccumulator streamed = ChatCompletionAccumulator.create();
    try (StreamResponse<ChatCompletionChunk> stream =
        client.chat().completions().createStreaming(params)) {
      stream.stream().forEach(streamed::accumulate);
    }
    assertCall(streamed.chatCompletion());
    client.close();
  }

  private static void assertCall(ChatCompletion answer) {
    ChatCompletion.Choice choice = answer.choices().getFirst();
    assertThat(choice.finishReason()).isEqualTo(ChatCompletion.Choice.FinishReason.TOOL_CALLS);
    ChatCompletionMessageFunctionToolCall call =
        choice.message().toolCalls().orElseThrow().getFirst().asFunction();
    assertThat(call.function().name()).isEqualTo("weather");
    assertThat(call.function().arguments()).isEqualTo("{\"city\": \"Oslo\"}");
  }

  private SessionRequest request() {
    return server.pipeline().requests().getFirst();
  }

  private static JsonObject chat() {
    return ChatTest.chat()
        .put(
            "tools",
            new JsonArray(
                """
                [{"type":"function","function":{"name":"weather","parameters":
                  {"type":"object","properties":{"city":{"type":"string"}}}}}]
                """));
  }

  private static JsonObject choice(String body) {
    return new JsonObject(body).getJsonArray("choices").getJsonObject(0);
  }
}
