package dev.flotilla.cli.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.flotilla.cli.http.ApiBase;
import dev.flotilla.cli.http.TestingApiServer;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class BenchTest {

  @Test
  void measuresTwoServersInTurnWithTheSamePrompts() throws Exception {
    List<String> order = new ArrayList<>();
    try (TestingApiServer a = TestingApiServer.answering("x", "y", "z");
        TestingApiServer b = TestingApiServer.answering("x", "y")) {
      BenchResult result =
          new Bench(plan(List.of(1, 3), false), List.of(target(a), target(b)), order::add).run();

      // Per target: 1 + 3 clients, 2 phases, 1 warm-up and 2 repetitions of 2 requests.
      assertThat(a.requests).hasSize((1 + 3) * 2 * (1 + 2 * 2));
      assertThat(prompts(a))
          .doesNotHaveDuplicates()
          .containsExactlyInAnyOrderElementsOf(prompts(b));
      assertThat(a.requests)
          .allSatisfy(request -> {
            assertThat(request.getBoolean("ignore_eos")).isTrue();
            assertThat(request.getBoolean("stream")).isTrue();
          });
      assertThat(order.stream().filter(line -> line.contains("PROMPT, 1 at once")))
          .extracting(line -> line.substring(0, line.indexOf(',')))
          .containsExactly(a.url(), b.url(), b.url(), a.url());
      assertReported(result);
    }
  }

  private static void assertReported(BenchResult result) {
    JsonObject json = new BenchReport(result).json();
    JsonObject metrics = json.getJsonArray("results").getJsonObject(1).getJsonObject("metrics");
    JsonObject generation = metrics.getJsonObject("generation_rate");

    assertThat(json.getJsonArray("results").getJsonObject(1).getInteger("concurrency"))
        .isEqualTo(3);
    assertThat(generation.getJsonArray("targets").getJsonObject(0).getJsonArray("values"))
        .hasSize(2);
    assertThat(generation.getJsonObject("ratio").getDouble("median")).isPositive();
    assertThat(new BenchReport(result).table())
        .contains("1 at once", "3 at once", "generation", "ttft p99", "itl p90", "A/B");
  }

  @Test
  void promptsCanShareAPrefix() throws Exception {
    try (TestingApiServer server = TestingApiServer.answering("x")) {
      new Bench(plan(List.of(2), true), List.of(target(server)), _ -> {}).run();

      assertThat(prompts(server))
          .filteredOn(prompt -> prompt.length() > 200)
          .isNotEmpty()
          .doesNotHaveDuplicates()
          .extracting(prompt -> prompt.substring(0, 200))
          .containsOnly(prompts(server).getFirst().substring(0, 200));
    }
  }

  @Test
  void saysWhatAServerRefused() throws Exception {
    try (TestingApiServer server = TestingApiServer.answering("x")) {
      Target wrong = new Target(ApiBase.of(server.url(), Optional.empty()), "other");

      assertThatThrownBy(() -> new Bench(plan(List.of(2), false), List.of(wrong), _ -> {}).run())
          .isInstanceOf(IOException.class)
          .hasMessageContaining("HTTP 404: no model called that");
    }
  }

  @Test
  void endsWhenAServerDoesNot() throws Exception {
    try (TestingApiServer server = TestingApiServer.repeating("x")) {
      BenchPlan impatient =
          new BenchPlan(List.of(2), 0, 8, 1, 1, 0, false, false, true, 1, Duration.ofMillis(200));

      assertThatThrownBy(() -> new Bench(impatient, List.of(target(server)), _ -> {}).run())
          .isInstanceOf(IOException.class)
          .hasMessageContaining("has not answered");
      server.clientLeft.await();
    }
  }

  @Test
  void promptsHaveTheLengthThatTheTokenizerGivesThem() {
    PromptSource source = new PromptSource(1, 2.5, false);

    assertThat(source.prompt(0, 100).split(" ", -1)).hasSize(40);
    assertThat(source.prompt(7, 100)).isEqualTo(source.prompt(7, 100));
  }

  private static BenchPlan plan(List<Integer> concurrencies, boolean sharedPrefix) {
    return new BenchPlan(
        concurrencies, 100, 8, 2, 2, 1, false, sharedPrefix, true, 1, Duration.ofSeconds(60));
  }

  private static Target target(TestingApiServer server) {
    return new Target(ApiBase.of(server.url(), Optional.empty()), "testing");
  }

  private static List<String> prompts(TestingApiServer server) {
    return server.requests.stream().map(request -> request.getString("prompt")).toList();
  }
}
