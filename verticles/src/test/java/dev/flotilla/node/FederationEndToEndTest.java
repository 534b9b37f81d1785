package dev.flotilla.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Three nodes and a gateway: real processes, real engines, and a power failure. */
@Timeout(180)
class FederationEndToEndTest {
  private static final int STREAMS = 9;
  private static final int TOKENS = 600;
  private static final String[] ROOMY = {"--slots", "9", "--context-size", "1024"};

  @TempDir private Path folder;

  @Test
  void aNodeThatDiesOrLeavesCostsItsStreamsAPause() throws Exception {
    try (LocalSwarm swarm = new LocalSwarm(folder)) {
      swarm.serve("one", ROOMY);
      swarm.together(
          List.of(
              () -> swarm.serve("two", ROOMY),
              () -> swarm.serve("three", ROOMY),
              () -> swarm.route("gateway")));
      RunningNode gateway = swarm.node("gateway");
      LocalSwarm.awaitReplicas(gateway, 3);
      assertThat(LocalSwarm.replicas(swarm.node("three"))).isEmpty();

      List<String> undisturbed = new ArrayList<>();
      for (StoryStream story : stories(gateway)) {
        undisturbed.add(story.text());
        assertThat(story.header("x-flotilla-attempts")).matches("[1-9]");
        assertThat(story.header("x-flotilla-cached-tokens")).matches("[0-9]+");
      }
      disturbed(gateway, undisturbed, victim -> swarm.kill(victim), swarm);
      LocalSwarm.awaitReplicas(gateway, 2);
      disturbed(gateway, undisturbed, victim -> swarm.stop(victim), swarm);
      LocalSwarm.awaitReplicas(gateway, 1);
    }
  }

  private interface Blow {
    void strike(String node) throws Exception;
  }

  /** The same stories, while the node that tells most of them goes. */
  private static void disturbed(
      RunningNode gateway, List<String> undisturbed, Blow blow, LocalSwarm swarm) throws Exception {
    List<StoryStream> streams = stories(gateway);
    LocalSwarm.await(
        () -> streams.stream().allMatch(stream -> stream.events() > 20 || stream.failed()));
    String victim = busiest(streams);
    blow.strike(swarm.nameOf(victim, gateway));
    long moved =
        streams.stream().filter(stream -> !stream.done() && stream.node().equals(victim)).count();
    for (int seed = 0; seed < STREAMS; seed++) {
      StoryStream stream = streams.get(seed);
      assertThat(stream.text()).as("story %d", seed).isEqualTo(undisturbed.get(seed));
      assertThat(stream.usage().getInteger("completion_tokens")).isEqualTo(TOKENS);
    }
    System.out.printf(
        "%d of %d streams moved, longest pause %.0f ms%n",
        moved,
        STREAMS,
        streams.stream().mapToDouble(StoryStream::longestPauseMillis).max().orElse(0));
    assertThat(moved).isPositive();
  }

  /** Every other one is read by OpenAI's own client. */
  private static List<StoryStream> stories(RunningNode gateway) {
    return IntStream.range(0, STREAMS)
        .mapToObj(seed ->
            seed % 2 == 0
                ? StoryStream.open(gateway.openAi(), seed, TOKENS)
                : StoryStream.open(gateway, seed, TOKENS))
        .toList();
  }

  private static String busiest(List<StoryStream> streams) {
    Map<String, Long> byNode =
        streams.stream()
            .filter(stream -> !stream.done())
            .map(StoryStream::node)
            .collect(Collectors.groupingBy(Function.identity(), Collectors.counting()));
    return byNode.entrySet().stream()
        .max(Map.Entry.comparingByValue())
        .map(Map.Entry::getKey)
        .orElseThrow();
  }

  @Test
  void aModelThatNobodyServesNowIsUnavailableAndOneThatNobodyKnowsIsNotFound() throws Exception {
    try (LocalSwarm swarm = new LocalSwarm(folder)) {
      RunningNode gateway = swarm.route("gateway");
      String request = StoryStream.request(1, 4, false);
      assertThat(gateway.post("/v1/completions", request).statusCode()).isEqualTo(404);
      swarm.serve("one");
      LocalSwarm.awaitReplicas(gateway, 1);
      assertThat(gateway.post("/v1/completions", request).statusCode()).isEqualTo(200);
      swarm.kill("one");

      HttpResponse<String> unavailable = gateway.post("/v1/completions", request);
      assertThat(unavailable.statusCode()).as(unavailable.body()).isEqualTo(503);
      assertThat(unavailable.headers().firstValue("retry-after")).isPresent();
      LocalSwarm.await(() -> LocalSwarm.replicas(gateway).isEmpty());
      assertThat(gateway.post("/v1/completions", request).statusCode()).isEqualTo(503);

      swarm.serve("one");
      LocalSwarm.awaitReplicas(gateway, 1);
      assertThat(gateway.post("/v1/completions", request).statusCode()).isEqualTo(200);
    }
  }

  @Test
  void aNodeThatStartsAgainIsKnownForTheSpeedThatItHad() throws Exception {
    try (LocalSwarm swarm = new LocalSwarm(folder)) {
      RunningNode gateway = swarm.route("gateway");
      swarm.serve("one");
      Path kept = swarm.stateOf("one").resolve("replica-speeds.json");
      LocalSwarm.await(() -> Files.exists(kept));
      swarm.kill("one");

      JsonObject speeds = new JsonObject(Files.readString(kept));
      speeds.getJsonArray("speeds").getJsonObject(0).put("prefill", 5e7);
      Files.writeString(kept, speeds.encode());
      swarm.serve("one");
      LocalSwarm.awaitReplicas(gateway, 1);
      assertThat(LocalSwarm.replicas(gateway).getFirst().getDouble("prompt_per_second"))
          .as("with one short session that says otherwise, at most")
          .isBetween(3e7, 5e7);
    }
  }
}
