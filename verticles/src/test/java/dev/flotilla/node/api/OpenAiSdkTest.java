package dev.flotilla.node.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.openai.client.OpenAIClient;
import com.openai.client.okhttp.OpenAIOkHttpClient;
import com.openai.core.http.StreamResponse;
import com.openai.errors.BadRequestException;
import com.openai.errors.NotFoundException;
import com.openai.errors.OpenAIException;
import com.openai.errors.RateLimitException;
import com.openai.errors.UnauthorizedException;
import com.openai.models.chat.completions.ChatCompletion;
import com.openai.models.chat.completions.ChatCompletionChunk;
import com.openai.models.chat.completions.ChatCompletionCreateParams;
import com.openai.models.chat.completions.ChatCompletionStreamOptions;
import com.openai.models.completions.Completion;
import com.openai.models.completions.CompletionCreateParams;
import com.openai.models.embeddings.CreateEmbeddingResponse;
import com.openai.models.embeddings.EmbeddingCreateParams;
import dev.flotilla.engine.EngineException;
import dev.flotilla.engine.EngineFailure;
import dev.flotilla.engine.SessionRequest;
import dev.flotilla.node.api.ScriptedPipeline.Step;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The official OpenAI SDK for Java, unmodified. */
class OpenAiSdkTest {
  private static final String KEY = "sk-testing";
  private static final String MODEL = "org/scripted";

  private final ApiServer server =
      new ApiServer(
          new ApiOptions(
              "127.0.0.1",
              0,
              List.of(ApiKey.ofUser("sdk", KEY)),
              List.of(),
              1 << 20,
              30_000,
              75_000,
              64,
              1_000,
              Optional.empty(),
              Optional.empty(),
              "test"),
          Optional.empty(),
          OpenAiSdkTest::play);
  private final OpenAIClient client = client(KEY);

  /** {@code max_completion_tokens} asks for failures. */
  private static List<Step> play(SessionRequest request) {
    return switch (request.stop().maxTokens()) {
      case 429 -> List.of(new Step.Fail(new EngineException(EngineFailure.QUEUE_FULL, "full")));
      case 500 ->
          List.of(
              Scripts.admitted(),
              Scripts.piece("half"),
              new Step.Fail(new EngineException(EngineFailure.ENGINE_LOST, "engine lost")));
      default -> Scripts.say(request, "Hel", "lo", " wörld 😀");
    };
  }

  private OpenAIClient client(String key) {
    return OpenAIOkHttpClient.builder()
        .baseUrl(server.url("/v1"))
        .apiKey(key)
        .maxRetries(0)
        .build();
  }

  @AfterEach
  void stop() {
    client.close();
    server.awaitIdle();
    server.close();
  }

  @Test
  void chats() {
    ChatCompletion answer = client.chat().completions().create(chat().build());

    assertThat(answer.model()).isEqualTo(MODEL);
    assertThat(answer.choices().getFirst().message().content()).hasValue("Hello wörld 😀");
    assertThat(answer.choices().getFirst().finishReason())
        .isEqualTo(ChatCompletion.Choice.FinishReason.STOP);
    assertThat(answer.usage().orElseThrow().completionTokens()).isEqualTo(3);
    assertThat(answer.usage().orElseThrow().promptTokensDetails().orElseThrow().cachedTokens())
        .hasValue(3L);
    answer.validate();
  }

  @Test
  void chatsInAStream() {
    ChatCompletionCreateParams params =
        chat()
            .streamOptions(ChatCompletionStreamOptions.builder().includeUsage(true).build())
            .build();
    try (StreamResponse<ChatCompletionChunk> stream =
        client.chat().completions().createStreaming(params)) {
      List<ChatCompletionChunk> chunks = stream.stream().toList();

      chunks.forEach(ChatCompletionChunk::validate);
      assertThat(
              chunks.stream()
                  .flatMap(chunk -> chunk.choices().stream())
                  .flatMap(choice -> choice.delta().content().stream())
                  .collect(Collectors.joining()))
          .isEqualTo("Hello wörld 😀");
      assertThat(chunks.getFirst().choices().getFirst().delta().role())
          .hasValue(ChatCompletionChunk.Choice.Delta.Role.ASSISTANT);
      assertThat(chunks.getLast().usage().orElseThrow().totalTokens()).isEqualTo(10);
    }
  }

  @Test
  void reportsProbabilities() {
    ChatCompletion answer =
        client.chat().completions().create(chat().logprobs(true).topLogprobs(2).build());

    var content = answer.choices().getFirst().logprobs().orElseThrow().content().orElseThrow();
    assertThat(content).hasSize(3);
    assertThat(content.getFirst().topLogprobs()).hasSize(2);
    answer.validate();
  }

  @Test
  void completes() {
    Completion answer = client.completions().create(completion().build());

    assertThat(answer.choices().getFirst().text()).isEqualTo("Hello wörld 😀");
    answer.validate();
  }

  @Test
  void completesInAStream() {
    try (StreamResponse<Completion> stream =
        client.completions().createStreaming(completion().build())) {
      assertThat(
              stream.stream()
                  .flatMap(chunk -> chunk.choices().stream())
                  .map(choice -> choice.text())
                  .collect(Collectors.joining()))
          .isEqualTo("Hello wörld 😀");
    }
  }

  @Test
  void embeds() {
    CreateEmbeddingResponse answer =
        client
            .embeddings()
            .create(
                EmbeddingCreateParams.builder()
                    .model("embedder")
                    .inputOfArrayOfStrings(List.of("a", "b"))
                    .build());

    assertThat(answer.data()).hasSize(2);
    assertThat(answer.data().get(1).embedding()).containsExactly(0.5f, -0.5f, 0.5f, 0.5f);
  }

  @Test
  void listsAndDescribesModels() {
    assertThat(client.models().list().data().stream().map(model -> model.id()))
        .containsExactly(MODEL, "embedder");
    assertThat(client.models().retrieve(MODEL).id()).isEqualTo(MODEL);
  }

  @Test
  void raisesTheErrorsItKnows() {
    assertThatExceptionOfType(NotFoundException.class)
        .isThrownBy(() -> client.chat().completions().create(chat().model("nope").build()))
        .satisfies(error -> assertThat(error.code()).hasValue("model_not_found"));
    assertThatExceptionOfType(BadRequestException.class)
        .isThrownBy(() -> client.chat().completions().create(chat().temperature(-1.0).build()))
        .satisfies(error -> assertThat(error.param()).hasValue("temperature"));
    assertThatExceptionOfType(RateLimitException.class)
        .isThrownBy(
            () -> client.chat().completions().create(chat().maxCompletionTokens(429).build()));
    OpenAIClient stranger = client("sk-wrong");
    assertThatExceptionOfType(UnauthorizedException.class)
        .isThrownBy(() -> stranger.models().list());
    stranger.close();
  }

  @Test
  void raisesAnErrorInTheMiddleOfAStream() {
    try (StreamResponse<ChatCompletionChunk> stream =
        client.chat().completions().createStreaming(chat().maxCompletionTokens(500).build())) {
      assertThatExceptionOfType(OpenAIException.class)
          .isThrownBy(() -> stream.stream().forEach(chunk -> {}))
          .withMessageContaining("engine lost");
    }
  }

  @Test
  void endsAStreamEarly() {
    try (StreamResponse<ChatCompletionChunk> stream =
        client.chat().completions().createStreaming(chat().build())) {
      assertThat(stream.stream().findFirst()).isPresent();
    }
  }

  private static ChatCompletionCreateParams.Builder chat() {
    return ChatCompletionCreateParams.builder()
        .model(MODEL)
        .addSystemMessage("Be brief.")
        .addUserMessage("Hi");
  }

  private static CompletionCreateParams.Builder completion() {
    return CompletionCreateParams.builder().model(MODEL).prompt("Hi");
  }
}
