package dev.flotilla.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Five nodes decide; whoever leads them is killed under load, for {@code flotilla.rounds} rounds.
 * Streams lose nothing, and the swarm decides again within seconds. Prints how long that took.
 */
@Tag("soak")
@Timeout(3600)
class LeaderLossTest {
  private static final List<String> VOTERS = List.of("one", "two", "three", "four", "five");
  private static final List<String> SERVING = VOTERS.subList(0, 3);
  private static final int STREAMS = 4;
  private static final int TOKENS = 200;
  private static final Duration MOST = Duration.ofSeconds(5);

  @TempDir private Path folder;

  @Test
  void streamsGoOnAndCommandsResume() throws Exception {
    int rounds = Integer.getInteger("flotilla.rounds", 20);
    try (LocalSwarm swarm = new LocalSwarm(folder)) {
      for (String name : VOTERS) {
        start(swarm, name);
      }
      RunningNode gateway = swarm.join("gateway", swarm.invite("one", "gateway", 1), "--federated");
      LocalSwarm.awaitReplicas(gateway, SERVING.size());
      List<String> expected = stories(gateway);
      for (int round = 0; round < rounds; round++) {
        round(swarm, gateway, round, expected);
      }
    }
  }

  private static void start(LocalSwarm swarm, String name) throws Exception {
    RunningNode started =
        SERVING.contains(name)
            ? swarm.serve(name, "--slots", "4", "--context-size", "512")
            : swarm.run(name);
    assertThat(started.process().isAlive()).isTrue();
  }

  private static List<String> stories(RunningNode gateway) throws Exception {
    List<String> stories = new ArrayList<>();
    for (int seed = 0; seed < STREAMS; seed++) {
      stories.add(
          StoryStream.whole(
              gateway.post("/v1/completions", StoryStream.request(seed, TOKENS, false))));
    }
    return stories;
  }

  private static void round(LocalSwarm swarm, RunningNode gateway, int round, List<String> expected)
      throws Exception {
    List<StoryStream> streams = new ArrayList<>();
    for (int seed = 0; seed < STREAMS; seed++) {
      streams.add(StoryStream.open(gateway, seed, TOKENS));
    }
    LocalSwarm.await(() -> streams.stream().allMatch(stream -> stream.events() > 0));
    String leader = leader(swarm);
    String asked = VOTERS.stream().filter(name -> !name.equals(leader)).findFirst().orElseThrow();
    long before = state(swarm, asked).getLong("epoch");

    swarm.kill(leader);
    long killed = System.nanoTime();
    decide(swarm, asked, round + 1);
    Duration resumed = Duration.ofNanos(System.nanoTime() - killed);
    System.out.printf("round %d: %s was killed, decided after %s%n", round, leader, resumed);
    assertThat(resumed).isLessThan(MOST);
    LocalSwarm.await(() -> state(swarm, asked).getLong("epoch") > before);
    for (int seed = 0; seed < STREAMS; seed++) {
      assertThat(streams.get(seed).text()).isEqualTo(expected.get(seed));
    }

    start(swarm, leader);
    LocalSwarm.awaitReplicas(gateway, SERVING.size());
    LocalSwarm.await(
        () -> state(swarm, leader).getLong("index") >= state(swarm, asked).getLong("index"));
  }

  /** Asked once: who has been asked sees to it. */
  private static void decide(LocalSwarm swarm, String name, int max) throws Exception {
    String key = Files.readString(AdminKey.file(swarm.stateOf(name))).strip();
    JsonObject wanted = new JsonObject().put("model_id", LocalSwarm.MODEL).put("max", max);
    var answer = swarm.node(name).administer(key, "/api/replicas", wanted.encode());
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    JsonObject kept = new JsonObject().put("min", 0).put("max", max);
    LocalSwarm.await(() ->
        kept.equals(state(swarm, name).getJsonObject("replicas").getJsonObject(LocalSwarm.MODEL)));
  }

  private static String leader(LocalSwarm swarm) throws Exception {
    JsonObject state = state(swarm, "one");
    return state.getJsonObject("nodes").getJsonObject(state.getString("leader")).getString("name");
  }

  private static JsonObject state(LocalSwarm swarm, String name) throws Exception {
    return new JsonObject(swarm.node(name).get("/state").body());
  }
}
