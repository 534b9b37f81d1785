package dev.flotilla.node;

import static org.assertj.core.api.Assertions.assertThat;

import dev.flotilla.gguf.SharedFiles;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Five nodes decide, three of them serve what was decided; whoever leads is killed under load, for
 * {@code flotilla.rounds} rounds. Prints how long it took until the swarm decided again.
 */
@Tag("soak")
@Timeout(3600)
class LeaderLossTest {
  private static final List<String> VOTERS = List.of("one", "two", "three", "four", "five");
  private static final List<String> SERVING = VOTERS.subList(0, 3);
  private static final int READERS = 4;
  private static final int TOKENS = 400;
  private static final double MOST_MILLIS = 5_000;

  /** A model that is decided about, and that nobody asks for. */
  private static final String OTHER = "other";

  @TempDir private Path folder;
  private final List<Double> resumedMillis = new ArrayList<>();
  private final List<Double> pauseMillis = new ArrayList<>();
  private int commands;

  @Test
  void streamsGoOnAndCommandsResume() throws Exception {
    Path models = Files.createDirectory(folder.resolve("models"));
    for (String model : List.of(LocalSwarm.MODEL, OTHER)) {
      Files.copy(SharedFiles.require("models/stories260K.gguf"), models.resolve(model + ".gguf"));
    }
    int rounds = Integer.getInteger("flotilla.rounds", 20);
    try (LocalSwarm swarm = new LocalSwarm(folder)) {
      start(swarm, "one");
      String invite = swarm.invite("one", "gateway", 1);
      swarm.together(List.of(() -> start(swarm, "two"), () -> start(swarm, "three")));
      swarm.together(
          List.of(
              () -> start(swarm, "four"),
              () -> start(swarm, "five"),
              () -> swarm.join("gateway", invite, "--federated")));
      RunningNode gateway = swarm.node("gateway");
      LocalSwarm.await(() -> state(swarm, "one").getJsonObject("nodes").size() == 6);
      for (String name : SERVING) {
        place(swarm, name);
      }
      LocalSwarm.awaitReplicas(gateway, SERVING.size());
      assertThat(decide(swarm, "one").get(30, TimeUnit.SECONDS).statusCode()).isEqualTo(200);
      Map<Integer, String> stories = StoryLoad.undisturbed(gateway, READERS, TOKENS);
      for (int round = 0; round < rounds; round++) {
        round(swarm, gateway, round, stories);
      }
    }
    report(rounds);
  }

  private RunningNode start(LocalSwarm swarm, String name) throws Exception {
    return SERVING.contains(name)
        ? swarm.run(
            name,
            "--models-dir",
            folder.resolve("models").toString(),
            "--threads",
            "1",
            "--context-size",
            "512")
        : swarm.run(name, "--no-placement");
  }

  private static void place(LocalSwarm swarm, String name) throws Exception {
    String id = swarm.idOf(name, swarm.node("one"));
    JsonObject wish =
        new JsonObject().put("model_id", LocalSwarm.MODEL).put("node_ids", new JsonArray().add(id));
    LocalSwarm.await(() -> administer(swarm, "one", "/place_instance", wish).statusCode() == 200);
  }

  private void round(LocalSwarm swarm, RunningNode gateway, int round, Map<Integer, String> stories)
      throws Exception {
    String leader = leader(swarm);
    String asked = VOTERS.stream().filter(name -> !name.equals(leader)).findFirst().orElseThrow();
    String leaderId = swarm.idOf(leader, gateway);
    JsonObject before = state(swarm, asked);
    try (StoryLoad load = new StoryLoad(gateway, READERS, TOKENS)) {
      LocalSwarm.await(() -> load.told() >= READERS, load::progress);
      CompletableFuture<HttpResponse<String>> inFlight = decide(swarm, asked);
      long killed = System.nanoTime();
      swarm.kill(leader);
      HttpResponse<String> after = decide(swarm, asked).get(30, TimeUnit.SECONDS);
      long resumed = System.nanoTime();
      assertThat(after.statusCode()).as(after.body()).isEqualTo(200);
      assertThat(inFlight.get(30, TimeUnit.SECONDS).statusCode()).isEqualTo(200);
      LocalSwarm.await(() -> state(swarm, asked).getLong("epoch") > before.getLong("epoch"));
      List<StoryLoad.Told> told = load.stop();
      assertThat(told)
          .as("round %d", round)
          .allSatisfy(each -> assertThat(each.text()).isEqualTo(stories.get(each.number())));
      note(round, leader, leaderId, killed, resumed, told);
    }
    start(swarm, leader);
    LocalSwarm.awaitReplicas(gateway, SERVING.size());
    assertNothingWasDeleted(swarm, asked, before);
    LocalSwarm.await(
        () -> state(swarm, leader).getString("hash").equals(state(swarm, asked).getString("hash")));
  }

  /** Asked once, for something else each time: who was asked sees to it. */
  private CompletableFuture<HttpResponse<String>> decide(LocalSwarm swarm, String name)
      throws Exception {
    commands++;
    JsonObject wanted = new JsonObject().put("model_id", OTHER).put("max", 1 + commands);
    String key = Files.readString(AdminKey.file(swarm.stateOf(name))).strip();
    return swarm.node(name).administerAsync(key, "/api/replicas", wanted.encode());
  }

  private void note(
      int round,
      String leader,
      String leaderId,
      long killed,
      long resumed,
      List<StoryLoad.Told> told) {
    List<StoryLoad.Told> met = told.stream().filter(each -> each.meets(killed, resumed)).toList();
    List<Double> pauses =
        met.stream()
            .filter(each -> !each.stream().node().equals(leaderId))
            .map(each -> each.stream().longestPauseMillis())
            .toList();
    assertThat(pauses).as("streams of other nodes while nobody led").isNotEmpty();
    double millis = (resumed - killed) / 1e6;
    resumedMillis.add(millis);
    pauseMillis.addAll(pauses);
    System.out.printf(
        "round %d: %s was killed, decided after %.0f ms; %d stories meanwhile, %d of other nodes,"
            + " whose longest pause was %.0f ms%n",
        round, leader, millis, met.size(), pauses.size(), Collections.max(pauses));
    assertThat(millis).isLessThan(MOST_MILLIS);
  }

  private static void assertNothingWasDeleted(LocalSwarm swarm, String asked, JsonObject before)
      throws Exception {
    JsonObject after = state(swarm, asked);
    for (String part : List.of("nodes", "models", "instances")) {
      assertThat(after.getJsonObject(part).fieldNames())
          .as(part)
          .containsExactlyInAnyOrderElementsOf(before.getJsonObject(part).fieldNames());
    }
    assertThat(new JsonArray(swarm.node(asked).get("/events?live=false").body()).encode())
        .contains("leader_elected")
        .doesNotContain("node_left", "model_removed", "instance_removed");
  }

  private static String leader(LocalSwarm swarm) throws Exception {
    JsonObject state = state(swarm, "one");
    return state.getJsonObject("nodes").getJsonObject(state.getString("leader")).getString("name");
  }

  private static JsonObject state(LocalSwarm swarm, String name) throws Exception {
    return new JsonObject(swarm.node(name).get("/state").body());
  }

  private static HttpResponse<String> administer(
      LocalSwarm swarm, String name, String path, JsonObject body) throws Exception {
    String key = Files.readString(AdminKey.file(swarm.stateOf(name))).strip();
    return swarm.node(name).administer(key, path, body.encode());
  }

  private void report(int rounds) {
    Collections.sort(resumedMillis);
    Collections.sort(pauseMillis);
    System.out.printf(
        "%d leaders killed: decided again after p50 %.0f ms, at most %.0f ms; %d stories of other"
            + " nodes meanwhile, longest pause p50 %.0f ms, at most %.0f ms%n",
        rounds,
        resumedMillis.get(rounds / 2),
        resumedMillis.getLast(),
        pauseMillis.size(),
        pauseMillis.get(pauseMillis.size() / 2),
        pauseMillis.getLast());
  }
}
