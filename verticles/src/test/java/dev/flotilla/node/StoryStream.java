package dev.flotilla.node;

import com.openai.client.OpenAIClient;
import com.openai.core.JsonValue;
import com.openai.core.http.HttpResponseFor;
import com.openai.core.http.StreamResponse;
import com.openai.models.chat.completions.ChatCompletionStreamOptions;
import com.openai.models.completions.Completion;
import com.openai.models.completions.CompletionCreateParams;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.http.HttpHeaders;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

/**
 * A deterministic story, read as it is streamed. A reader shares the processors with the servers it
 * reads from, so that what the events say is looked at when all have come.
 */
final class StoryStream {
  private final CompletableFuture<List<String>> chunks = new CompletableFuture<>();
  private final CompletableFuture<HttpHeaders> head = new CompletableFuture<>();
  private final AtomicInteger events = new AtomicInteger();
  private final List<String> read = new ArrayList<>();
  private volatile long longestPauseNanos;
  private volatile int beforePause;
  private volatile long beforePauseNanos;

  private StoryStream() {}

  static String request(int seed, int tokens, boolean stream) {
    return new JsonObject()
        .put("model", LocalSwarm.MODEL)
        .put("prompt", "Once upon a time, number " + seed)
        .put("max_tokens", tokens)
        .put("seed", seed)
        .put("temperature", 0.8)
        .put("deterministic", true)
        .put("ignore_eos", true)
        .put("stream", stream)
        .put("stream_options", stream ? new JsonObject().put("include_usage", true) : null)
        .encode();
  }

  /** The same story without a stream. */
  static String whole(HttpResponse<String> answer) {
    return new JsonObject(answer.body()).getJsonArray("choices").getJsonObject(0).getString("text");
  }

  static StoryStream open(RunningNode node, int seed, int tokens) {
    return begun(story -> {
      HttpResponse<Stream<String>> response =
          node.stream("/v1/completions", request(seed, tokens, true));
      story.head.complete(response.headers());
      try (Stream<String> lines = response.body()) {
        lines.forEach(story::line);
      }
    });
  }

  /** The same, read by OpenAI's own client. */
  static StoryStream open(OpenAIClient client, int seed, int tokens) {
    JsonObject request = new JsonObject(request(seed, tokens, true));
    CompletionCreateParams.Builder params =
        CompletionCreateParams.builder()
            .model(request.getString("model"))
            .prompt(request.getString("prompt"))
            .streamOptions(ChatCompletionStreamOptions.builder().includeUsage(true).build());
    for (String field :
        List.of("max_tokens", "seed", "temperature", "deterministic", "ignore_eos")) {
      params.putAdditionalBodyProperty(field, JsonValue.from(request.getValue(field)));
    }
    return begun(story -> {
      try (HttpResponseFor<StreamResponse<Completion>> response =
          client.completions().withRawResponse().createStreaming(params.build())) {
        Map<String, List<String>> headers = new HashMap<>();
        response
            .headers()
            .names()
            .forEach(name -> headers.put(name, response.headers().values(name)));
        story.head.complete(HttpHeaders.of(headers, (_, _) -> true));
        try (StreamResponse<Completion> chunks = response.parse()) {
          chunks.stream().forEach(chunk -> story.line("data: " + json(chunk)));
        }
      }
    });
  }

  private static String json(Completion chunk) {
    JsonArray choices = new JsonArray();
    chunk.choices().forEach(choice -> choices.add(new JsonObject().put("text", choice.text())));
    JsonObject json = new JsonObject().put("choices", choices);
    chunk
        .usage()
        .ifPresent(usage ->
            json.put("usage", new JsonObject().put("completion_tokens", usage.completionTokens())));
    return json.encode();
  }

  /** Reads a story to its end. */
  @FunctionalInterface
  private interface Reading {
    void read(StoryStream story) throws Exception;
  }

  private static StoryStream begun(Reading reading) {
    StoryStream story = new StoryStream();
    Thread.ofVirtual()
        .start(() -> {
          try {
            reading.read(story);
            story.chunks.complete(story.read);
          } catch (Exception e) {
            story.head.completeExceptionally(e);
            story.chunks.completeExceptionally(e);
          }
        });
    return story;
  }

  private long firstNanos;
  private long lastNanos;

  private void line(String line) {
    if (!line.startsWith("data: ") || line.equals("data: [DONE]")) {
      if (!line.isBlank() && !line.startsWith("data")) {
        throw new IllegalStateException(line);
      }
      return;
    }
    if (line.startsWith("data: {\"error\"")) {
      throw new IllegalStateException(line);
    }
    long now = System.nanoTime();
    if (events.get() == 0) {
      firstNanos = now;
    } else if (now - lastNanos > longestPauseNanos) {
      longestPauseNanos = now - lastNanos;
      beforePause = events.get();
      beforePauseNanos = lastNanos - firstNanos;
    }
    lastNanos = now;
    read.add(line.substring("data: ".length()));
    events.incrementAndGet();
  }

  /** Events so far. */
  int events() {
    return events.get();
  }

  boolean done() {
    return chunks.isDone();
  }

  /** Whether its head has arrived. */
  boolean begun() {
    return head.isDone();
  }

  boolean failed() {
    return chunks.isCompletedExceptionally();
  }

  /** How far it is, for people. */
  String progress() {
    String node =
        head.isDone() && !head.isCompletedExceptionally()
            ? head.join().firstValue("x-flotilla-node").orElse("that was asked")
            : "unknown yet";
    return "is at event %d, of node %s".formatted(events.get(), node);
  }

  /** The node that the stream's head names. */
  String node() {
    return header("x-flotilla-node");
  }

  String header(String name) {
    return head.join().firstValue(name).orElseThrow();
  }

  /** The whole text; fails if the stream told an error. */
  String text() throws Exception {
    StringBuilder text = new StringBuilder();
    for (String chunk : chunks.get(120, TimeUnit.SECONDS)) {
      for (Object choice : new JsonObject(chunk).getJsonArray("choices")) {
        text.append(((JsonObject) choice).getString("text", ""));
      }
    }
    return text.toString();
  }

  /** What its last event says was used; once its text has come. */
  JsonObject usage() {
    return new JsonObject(chunks.join().getLast()).getJsonObject("usage", new JsonObject());
  }

  /** Events before {@link #longestPauseMillis}, as many as an engine has to come to again. */
  int eventsBeforePause() {
    return beforePause;
  }

  /** How long those took when they came first. */
  double millisBeforePause() {
    return beforePauseNanos / 1e6;
  }

  /** The longest time between two events. */
  double longestPauseMillis() {
    return longestPauseNanos / 1e6;
  }
}
