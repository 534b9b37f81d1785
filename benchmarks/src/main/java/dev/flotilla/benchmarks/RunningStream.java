package dev.flotilla.benchmarks;

import dev.flotilla.cli.bench.Target;
import dev.flotilla.cli.http.SseScanner;
import dev.flotilla.cli.http.StreamConnection;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.stream.IntStream;

/**
 * A streamed completion in the background, of which only matters when its events arrive. Prompts
 * are given as tokens, so that their length is exact.
 */
final class RunningStream implements AutoCloseable {

  private final StreamConnection connection;
  private final CompletableFuture<Void> end = new CompletableFuture<>();
  private long[] eventNanos = new long[1024];
  private int events;

  private RunningStream(StreamConnection connection) {
    this.connection = connection;
  }

  /**
   * Asks for a completion.
   *
   * @param prompt token ids
   * @param maxTokens tokens of the answer
   */
  static RunningStream start(Target target, int[] prompt, int maxTokens) throws IOException {
    byte[] body =
        new JsonObject()
            .put("model", target.model())
            .put("prompt", new JsonArray(IntStream.of(prompt).boxed().toList()))
            .put("max_tokens", maxTokens)
            .put("temperature", 0)
            .put("ignore_eos", true)
            .put("stream", true)
            .encode()
            .getBytes(StandardCharsets.UTF_8);
    RunningStream stream = new RunningStream(new StreamConnection(target.api()));
    Thread.ofPlatform().start(() -> stream.run(body));
    return stream;
  }

  private void run(byte[] body) {
    SseScanner.Sink sink = (_, _) -> noteEvent();
    try {
      connection.post("/v1/completions", body, sink);
      end.complete(null);
    } catch (IOException e) {
      end.completeExceptionally(e);
    }
    synchronized (this) {
      notifyAll();
    }
  }

  private synchronized void noteEvent() {
    if (events == eventNanos.length) {
      eventNanos = Arrays.copyOf(eventNanos, 2 * events);
    }
    eventNanos[events++] = System.nanoTime();
    notifyAll();
  }

  /**
   * Waits until so many events have arrived.
   *
   * @throws IOException if the answer ends before
   */
  synchronized void awaitEvents(int count) throws IOException, InterruptedException {
    while (events < count) {
      if (end.isDone()) {
        throw new IOException("the answer ended after " + events + " events: " + end);
      }
      wait();
    }
  }

  /** Waits until the answer has ended. */
  void awaitEnd() throws IOException, InterruptedException {
    try {
      end.get();
    } catch (ExecutionException e) {
      throw new IOException("the answer broke off", e);
    }
  }

  /** Whether the answer has ended. */
  boolean hasEnded() {
    return end.isDone();
  }

  /** When each event has arrived so far. */
  synchronized long[] eventNanos() {
    return Arrays.copyOf(eventNanos, events);
  }

  /** Breaks the connection off, which ends the answer. */
  @Override
  public void close() throws IOException {
    connection.close();
  }
}
