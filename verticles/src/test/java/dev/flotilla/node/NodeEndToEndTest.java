package dev.flotilla.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.openai.client.OpenAIClient;
import com.openai.core.http.StreamResponse;
import com.openai.errors.BadRequestException;
import com.openai.errors.NotFoundException;
import com.openai.models.chat.completions.ChatCompletion;
import com.openai.models.chat.completions.ChatCompletionChunk;
import com.openai.models.chat.completions.ChatCompletionCreateParams;
import com.openai.models.chat.completions.ChatCompletionStreamOptions;
import com.openai.models.completions.Completion;
import com.openai.models.completions.CompletionCreateParams;
import com.openai.models.embeddings.CreateEmbeddingResponse;
import com.openai.models.embeddings.EmbeddingCreateParams;
import dev.flotilla.gguf.SharedFiles;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The official OpenAI client against the real command line, engine and model. */
class NodeEndToEndTest {
  private static final String PROMPT = "Once upon a time, there was a little";
  private static final String CONTINUATION =
      " girl named Lily. She loved to play outside in the park. One day";

  @TempDir private static Path stateDir;
  private static RunningNode node;
  private static OpenAIClient client;

  @BeforeAll
  static void start() throws Exception {
    String model = SharedFiles.require("models/stories260K.gguf").toString();
    node =
        RunningNode.start(stateDir, "--model", "story=" + model, "--slots", "4", "--threads", "1");
    client = node.openAi();
  }

  @AfterAll
  static void stop() throws Exception {
    if (node != null) {
      node.close();
    }
  }

  @Test
  void completesAsTheModelWasTrainedTo() {
    Completion completion = client.completions().create(completion(30).build());
    assertThat(completion.choices().getFirst().text()).startsWith(CONTINUATION.substring(0, 50));
    assertThat(completion.choices().getFirst().finishReason().toString()).isEqualTo("length");
    assertThat(completion.usage().orElseThrow().completionTokens()).isEqualTo(30);
  }

  @Test
  void streamsTheSameTextAsItReturnsWhole() {
    String whole = client.completions().create(completion(40).build()).choices().getFirst().text();
    try (StreamResponse<Completion> stream =
        client.completions().createStreaming(completion(40).build())) {
      String streamed =
          stream.stream()
              .flatMap(chunk -> chunk.choices().stream())
              .map(choice -> choice.text())
              .collect(Collectors.joining());
      assertThat(streamed).isEqualTo(whole);
    }
  }

  @Test
  void chats() {
    ChatCompletion answer = client.chat().completions().create(chat(12).build());
    assertThat(answer.choices().getFirst().message().content().orElseThrow()).isNotEmpty();
    assertThat(answer.usage().orElseThrow().promptTokens()).isPositive();
  }

  @Test
  void streamsAChatWithRoleFinishReasonAndUsage() {
    ChatCompletionCreateParams params =
        chat(12)
            .streamOptions(ChatCompletionStreamOptions.builder().includeUsage(true).build())
            .build();
    try (StreamResponse<ChatCompletionChunk> stream =
        client.chat().completions().createStreaming(params)) {
      List<ChatCompletionChunk> chunks = stream.stream().toList();
      assertThat(chunks.getFirst().choices().getFirst().delta().role().orElseThrow().toString())
          .isEqualTo("assistant");
      assertThat(chunks.stream().flatMap(chunk -> chunk.choices().stream()))
          .anyMatch(choice -> choice.finishReason().isPresent());
      assertThat(chunks.getLast().usage().orElseThrow().completionTokens()).isEqualTo(12);
    }
  }

  @Test
  void embedsTexts() {
    CreateEmbeddingResponse response =
        client
            .embeddings()
            .create(
                EmbeddingCreateParams.builder()
                    .model("story")
                    .inputOfArrayOfStrings(List.of("a dog", "a cat"))
                    .build());
    assertThat(response.data()).hasSize(2);
    assertThat(response.data().getFirst().embedding()).hasSize(64);
  }

  @Test
  void listsModels() {
    assertThat(client.models().list().data())
        .singleElement()
        .satisfies(model -> assertThat(model.id()).isEqualTo("story"));
    assertThat(client.models().retrieve("story").id()).isEqualTo("story");
  }

  @Test
  void errorsArriveTyped() {
    assertThatThrownBy(() -> client.completions().create(completion(5).model("unknown").build()))
        .isInstanceOf(NotFoundException.class);
    assertThatThrownBy(() -> client.completions().create(completion(5).temperature(-1).build()))
        .isInstanceOf(BadRequestException.class)
        .hasMessageContaining("temperature");
    assertThatThrownBy(
            () -> client.completions().create(completion(5).prompt("word ".repeat(4000)).build()))
        .isInstanceOf(BadRequestException.class)
        .hasMessageContaining("context");
  }

  @Test
  void deterministicRequestsRepeatUnderLoad() throws Exception {
    String request =
        """
        {"prompt":"%s","max_tokens":40,"temperature":0.9,"seed":11,"deterministic":true}\
        """
            .formatted(PROMPT);
    String quiet = text(node.post("/v1/completions", request).body());
    var load =
        Stream.generate(() ->
                node.postAsync("/v1/completions", "{\"prompt\":\"The sun\",\"max_tokens\":60}"))
            .limit(6)
            .toList();
    String busy = text(node.post("/v1/completions", request).body());
    assertThat(busy).isEqualTo(quiet);
    assertThat(load).allSatisfy(answer -> assertThat(answer.join().statusCode()).isEqualTo(200));
  }

  @Test
  void reportsCachedTokensOfARepeatedPrompt() throws Exception {
    String request = "{\"prompt\":\"Sam and Mia went to the zoo to see\",\"max_tokens\":4}";
    assertThat(node.post("/v1/completions", request).statusCode()).isEqualTo(200);
    JsonObject usage =
        new JsonObject(node.post("/v1/completions", request).body()).getJsonObject("usage");
    assertThat(usage.getJsonObject("prompt_tokens_details").getInteger("cached_tokens"))
        .isEqualTo(usage.getInteger("prompt_tokens") - 1);
  }

  @Test
  void tokenizesAndBack() throws Exception {
    JsonObject tokens = new JsonObject(node.post("/tokenize", "{\"content\":\"Lily ran\"}").body());
    String back =
        node.post(
                "/detokenize",
                new JsonObject().put("tokens", tokens.getJsonArray("tokens")).encode())
            .body();
    assertThat(new JsonObject(back).getString("content").strip()).isEqualTo("Lily ran");
  }

  @Test
  void grammarAndStopStringsHold() throws Exception {
    String constrained =
        "{\"prompt\":\"" + PROMPT + "\",\"grammar\":\"root ::= \\\" cat\\\" | \\\" dog\\\"\"}";
    assertThat(text(node.post("/v1/completions", constrained).body())).isIn(" cat", " dog");
    String stopped =
        "{\"prompt\":\""
            + PROMPT
            + "\",\"temperature\":0,\"max_tokens\":60,\"stop\":[\"loved to\"]}";
    assertThat(text(node.post("/v1/completions", stopped).body()))
        .isEqualTo(" girl named Lily. She ");
  }

  @Test
  void answersInJsonOfASchema() throws Exception {
    String request =
        """
        {"messages":[{"role":"user","content":"A story"}],"max_tokens":200,"temperature":0,
         "response_format":{"type":"json_schema","json_schema":{"name":"animal","schema":{
           "type":"object","required":["kind","legs"],"additionalProperties":false,
           "properties":{"kind":{"enum":["cat","dog"]},"legs":{"type":"integer","minimum":2,
             "maximum":4},"name":{"type":"string","maxLength":8}}}}}}
        """;
    JsonObject choice = choice(node.post("/v1/chat/completions", request).body());
    assertThat(choice.getString("finish_reason")).isEqualTo("stop");
    JsonObject animal = new JsonObject(choice.getJsonObject("message").getString("content"));
    assertThat(animal.getString("kind")).isIn("cat", "dog");
    assertThat(animal.getInteger("legs")).isBetween(2, 4);
    assertThat(animal.fieldNames()).isSubsetOf("kind", "legs", "name");
  }

  @Test
  void answersWithAnyJsonObject() throws Exception {
    String request =
        """
        {"messages":[{"role":"user","content":"A story"}],"max_tokens":20,
         "response_format":{"type":"json_object"}}
        """;
    String text =
        choice(node.post("/v1/chat/completions", request).body())
            .getJsonObject("message")
            .getString("content");
    assertThat(text).matches("(?s)\\{\\s*[\"}].*");
  }

  @Test
  void callsARequiredTool() throws Exception {
    String request =
        """
        {"messages":[{"role":"user","content":"Go"}],"max_tokens":200,"tool_choice":"required",
         "parallel_tool_calls":false,"tools":[{"type":"function","function":{"name":"sail",
           "parameters":{"type":"object","required":["to"],"additionalProperties":false,
             "properties":{"to":{"enum":["north","south"]}}}}}]}
        """;
    JsonObject choice = choice(node.post("/v1/chat/completions", request).body());
    assertThat(choice.getString("finish_reason")).isEqualTo("tool_calls");
    JsonObject message = choice.getJsonObject("message");
    assertThat(message.getValue("content")).isNull();
    JsonObject call = message.getJsonArray("tool_calls").getJsonObject(0).getJsonObject("function");
    assertThat(call.getString("name")).isEqualTo("sail");
    assertThat(new JsonObject(call.getString("arguments")).getString("to")).isIn("north", "south");
  }

  @Test
  void refusesASchemaThatNoGrammarCanExpress() throws Exception {
    String request =
        """
        {"messages":[{"role":"user","content":"A story"}],"response_format":{"type":"json_schema",
         "json_schema":{"name":"n","schema":{"properties":{"a":{"not":{"type":"null"}}}}}}}
        """;
    var response = node.post("/v1/chat/completions", request);
    assertThat(response.statusCode()).isEqualTo(400);
    JsonObject error = new JsonObject(response.body()).getJsonObject("error");
    assertThat(error.getString("param")).isEqualTo("response_format.json_schema.schema");
    assertThat(error.getString("message")).contains("#/properties/a/not is not supported");
  }

  private static JsonObject choice(String body) {
    return new JsonObject(body).getJsonArray("choices").getJsonObject(0);
  }

  private static String text(String body) {
    return new JsonObject(body).getJsonArray("choices").getJsonObject(0).getString("text");
  }

  private static CompletionCreateParams.Builder completion(long maxTokens) {
    return CompletionCreateParams.builder()
        .model("story")
        .prompt(PROMPT)
        .temperature(0)
        .maxTokens(maxTokens);
  }

  private static ChatCompletionCreateParams.Builder chat(long maxTokens) {
    return ChatCompletionCreateParams.builder()
        .model("story")
        .addUserMessage("Tell me a story.")
        .maxCompletionTokens(maxTokens);
  }
}
