package dev.flotilla.node;

import static org.assertj.core.api.Assertions.assertThat;

import dev.flotilla.gguf.SharedFiles;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Whatever happens to an engine process, the node answers; whatever happens to the node, no engine
 * outlives it.
 */
class CrashContainmentTest {
  private static final String LONG_STREAM =
      "{\"prompt\":\"Once upon a time\",\"max_tokens\":100000,\"ignore_eos\":true,\"stream\":true}";

  @TempDir private Path stateDir;
  private RunningNode node;

  @BeforeEach
  void start() throws Exception {
    String model = SharedFiles.require("models/stories260K.gguf").toString();
    node =
        RunningNode.start(
            stateDir, "--model", model, "--slots", "8", "--threads", "1", "--context-shift");
  }

  @AfterEach
  void stop() throws Exception {
    node.close();
  }

  @Test
  void killedEngineCostsItsStreamsAndNothingElse() throws Exception {
    ProcessHandle engine = node.engines().getFirst();
    List<CompletableFuture<List<String>>> streams = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      streams.add(read(node.stream("/v1/completions", LONG_STREAM).body()));
    }
    AtomicBoolean watching = new AtomicBoolean(true);
    AtomicInteger healthy = new AtomicInteger();
    CompletableFuture<Integer> watch =
        CompletableFuture.supplyAsync(() -> {
          int unhealthy = 0;
          while (watching.get()) {
            unhealthy += answersHealth() ? 0 : 1;
            healthy.incrementAndGet();
          }
          return unhealthy;
        });

    engine.destroyForcibly();
    for (CompletableFuture<List<String>> stream : streams) {
      List<String> lines = stream.get(30, TimeUnit.SECONDS);
      assertThat(lines).anyMatch(line -> line.contains("\"error\"") && line.contains("lost"));
    }
    awaitReady();
    HttpResponse<String> after =
        node.post("/v1/completions", "{\"prompt\":\"Once\",\"max_tokens\":4}");
    watching.set(false);

    assertThat(after.statusCode()).isEqualTo(200);
    assertThat(watch.get(10, TimeUnit.SECONDS)).isZero();
    assertThat(healthy).hasPositiveValue();
    assertThat(node.engines()).hasSize(1).doesNotContain(engine);
  }

  @Test
  void clientThatGoesAwayFreesItsSlot() throws Exception {
    try (Stream<String> lines = node.stream("/v1/completions", LONG_STREAM).body()) {
      Iterator<String> stream = lines.iterator();
      assertThat(stream.next()).startsWith("data:");
      assertThat(running()).isEqualTo(1);
    }
    awaitTrue("the slot is free again", () -> running() == 0);
  }

  @Test
  void enginesDieWithAKilledNode() throws Exception {
    CompletableFuture<List<String>> stream =
        read(node.stream("/v1/completions", LONG_STREAM).body());
    ProcessHandle engine = node.engines().getFirst();
    node.process().destroyForcibly();
    engine.onExit().get(10, TimeUnit.SECONDS);
    assertThat(engine.isAlive()).isFalse();
    assertThat(stream).failsWithin(Duration.ofSeconds(10));
  }

  @Test
  void shutdownLetsAnswersEnd() throws Exception {
    CompletableFuture<HttpResponse<String>> answer =
        node.postAsync(
            "/v1/completions",
            "{\"prompt\":\"Once upon a time\",\"max_tokens\":300,\"ignore_eos\":true}");
    awaitTrue("the answer is being generated", () -> running() == 1);
    // Ctrl-C in a terminal reaches the whole process group.
    long engine = node.engines().getFirst().pid();
    assertThat(new ProcessBuilder("kill", "-INT", Long.toString(engine)).start().waitFor())
        .isZero();
    node.process().destroy();
    HttpResponse<String> ended = answer.get(60, TimeUnit.SECONDS);
    assertThat(ended.statusCode()).isEqualTo(200);
    assertThat(new JsonObject(ended.body()).getJsonObject("usage").getInteger("completion_tokens"))
        .isEqualTo(300);
    assertThat(node.process().waitFor(30, TimeUnit.SECONDS)).isTrue();
  }

  private static CompletableFuture<List<String>> read(Stream<String> lines) {
    CompletableFuture<List<String>> all = new CompletableFuture<>();
    Thread.ofVirtual()
        .start(() -> {
          try (lines) {
            all.complete(lines.toList());
          } catch (RuntimeException e) {
            all.completeExceptionally(e);
          }
        });
    return all;
  }

  private boolean answersHealth() {
    try {
      return node.get("/health").statusCode() < 600;
    } catch (IOException e) {
      return false;
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private int running() throws IOException, InterruptedException {
    return new JsonObject(node.get("/health").body())
        .getJsonArray("models")
        .getJsonObject(0)
        .getInteger("running");
  }

  private void awaitReady() throws Exception {
    awaitTrue("the engine is ready again", () -> node.get("/readyz").statusCode() == 200);
  }

  private interface Condition {
    boolean holds() throws IOException, InterruptedException;
  }

  private static void awaitTrue(String what, Condition condition) throws Exception {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
    while (!condition.holds()) {
      assertThat(System.nanoTime()).as("waiting until " + what).isLessThan(deadline);
      TimeUnit.MILLISECONDS.sleep(20);
    }
  }
}
