package dev.flotilla.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.net.http.HttpResponse;
import java.util.Iterator;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

/** A deterministic answer of a node, read as it comes. */
final class AnswerStream {
  private static final int PATIENCE_SECONDS = 120;

  private final CompletableFuture<Answer> whole = new CompletableFuture<>();
  private final AtomicInteger events = new AtomicInteger();
  private final CountDownLatch first = new CountDownLatch(1);

  /** An answer, and the longest time between two events of it. */
  record Answer(String text, long longestPauseMillis) {}

  private AnswerStream() {}

  /** How a node is asked. */
  interface Asked {
    /** A POST of JSON whose answer is read line by line as it comes. */
    HttpResponse<Stream<String>> stream(String path, String json) throws Exception;
  }

  /** Opens one; different sessions have different prompts, seeds and temperatures. */
  static AnswerStream open(RunningNode node, int session, int tokens) {
    return open(node::stream, session, tokens);
  }

  /** The same by other means. */
  static AnswerStream open(Asked node, int session, int tokens) {
    AnswerStream stream = new AnswerStream();
    JsonObject request =
        new JsonObject()
            .put("prompt", "Once upon a time there was number " + session)
            .put("max_tokens", tokens)
            .put("seed", session)
            .put("temperature", session % 2)
            .put("deterministic", true)
            .put("stream", true);
    Thread.ofVirtual()
        .start(() -> {
          try {
            stream.read(node.stream("/v1/completions", request.encode()));
          } catch (Exception | AssertionError e) {
            stream.whole.completeExceptionally(e);
          } finally {
            stream.first.countDown();
          }
        });
    return stream;
  }

  private void read(HttpResponse<Stream<String>> response) {
    assertThat(response.statusCode()).isEqualTo(200);
    StringBuilder text = new StringBuilder();
    boolean finished = false;
    long longest = 0;
    long before = 0;
    Iterator<String> lines = response.body().iterator();
    while (lines.hasNext()) {
      String line = lines.next();
      if (!line.startsWith("data: {")) {
        continue;
      }
      long now = System.nanoTime();
      longest = before == 0 ? 0 : Math.max(longest, now - before);
      before = now;
      JsonObject event = new JsonObject(line.substring("data: ".length()));
      assertThat(event.containsKey("error")).as(line).isFalse();
      JsonObject choice = event.getJsonArray("choices").getJsonObject(0);
      text.append(choice.getString("text"));
      finished |= choice.getString("finish_reason") != null;
      events.incrementAndGet();
      first.countDown();
    }
    assertThat(finished).as("the answer ends with a reason: %s", text).isTrue();
    whole.complete(new Answer(text.toString(), longest / 1_000_000));
  }

  /** Waits until so many events have come, or the answer is over. */
  void awaitEvents(int count) throws InterruptedException {
    assertThat(first.await(PATIENCE_SECONDS, TimeUnit.SECONDS)).isTrue();
    while (events.get() < count && !whole.isDone()) {
      Thread.sleep(1);
    }
  }

  /** The whole answer. */
  Answer await() throws Exception {
    return whole.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
  }
}
