package dev.flotilla.node;

import static org.assertj.core.api.Assertions.assertThat;

import dev.flotilla.gguf.SharedFiles;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A pipeline that a swarm of real nodes has placed, when a better machine joins. */
@Tag("soak")
class RebalanceTest {
  private static final int READERS = 2;
  private static final int TOKENS = 150;
  private static final long PATIENCE_NANOS = 240_000_000_000L;
  @TempDir private Path folder;

  /** The first stage stays with the file; the second one moves off a machine that is far away. */
  @Test
  @Timeout(400)
  void aPipelineMovesToABetterMachineThatJoins() throws Exception {
    RelayedPorts.assumeUsable();
    Path models = models();
    try (RelayedPorts way = new RelayedPorts(1).withStages();
        LocalSwarm swarm = new LocalSwarm(folder)) {
      startOwner(swarm, "owner", models, "--bind", "127.0.0.1");
      startLender(swarm, "far", way.options());
      RunningNode gateway = swarm.route("gateway", "--no-placement");
      way.setDelayMillis(20);
      JsonObject placed = place(swarm, "owner", "far");
      Map<Integer, String> stories = StoryLoad.undisturbed(gateway, READERS, TOKENS);

      startLender(swarm, "near", "--bind", "127.0.0.1");
      String near = swarm.idOf("near", gateway);
      try (StoryLoad load = new StoryLoad(gateway, READERS, TOKENS)) {
        awaitWhileTold(load, gateway, () -> nodes(onlyInstance(gateway)).contains(near));
        assertTold(load, stories);
      }
      assertMoved(gateway, placed);
      // What the old build had is given back.
      LocalSwarm.await(() -> hosted(swarm, "far") == 0);
      LocalSwarm.await(() -> hosted(swarm, "owner") == 1);
      assertThat(hosted(swarm, "near")).isEqualTo(1);
    }
  }

  /** All of it moves to another node, and who has decided so is lost as soon as it is known. */
  @Test
  @Timeout(400)
  void aHeadMovesThoughTheLeaderIsLostHalfWay() throws Exception {
    RelayedPorts.assumeUsable();
    Path models = models();
    try (RelayedPorts way = new RelayedPorts(1).withStages();
        LocalSwarm swarm = new LocalSwarm(folder)) {
      swarm.run("leader", "--no-placement");
      startOwner(swarm, "far", models, way.options());
      startLender(swarm, "lender", "--bind", "127.0.0.1");
      RunningNode gateway = swarm.route("gateway", "--no-placement");
      way.setDelayMillis(20);
      JsonObject placed = place(swarm, "far", "lender");
      Map<Integer, String> stories = StoryLoad.undisturbed(gateway, READERS, TOKENS);

      startOwner(swarm, "near", models, "--bind", "127.0.0.1");
      String near = swarm.idOf("near", gateway);
      try (StoryLoad load = new StoryLoad(gateway, READERS, TOKENS)) {
        awaitWhileTold(load, gateway, () -> events(gateway).contains("replacement_begun"));
        assertThat(leader(gateway)).isEqualTo(swarm.idOf("leader", gateway));
        swarm.kill("leader");
        awaitWhileTold(load, gateway, () -> nodes(onlyInstance(gateway)).contains(near));
        assertTold(load, stories);
      }
      assertMoved(gateway, placed);
      LocalSwarm.await(() -> hosted(swarm, "far") == 0);
      LocalSwarm.await(() -> hosted(swarm, "lender") == 1);
      LocalSwarm.awaitReplicas(gateway, 1);
    }
  }

  private Path models() throws Exception {
    Path models = Files.createDirectory(folder.resolve("models"));
    Files.copy(
        SharedFiles.require("models/stories260K.gguf"), models.resolve(LocalSwarm.MODEL + ".gguf"));
    return models;
  }

  private static void startOwner(LocalSwarm swarm, String name, Path models, String... ports)
      throws Exception {
    List<String> arguments = new ArrayList<>(List.of(ports));
    arguments.addAll(List.of("--models-dir", models.toString(), "--context-size", "512"));
    arguments.addAll(List.of("--memory", "256MiB", "--threads", "1"));
    swarm.run(name, arguments.toArray(String[]::new));
  }

  private static void startLender(LocalSwarm swarm, String name, String... ports) throws Exception {
    List<String> arguments = new ArrayList<>(List.of(ports));
    arguments.addAll(List.of("--memory", "256MiB", "--threads", "1", "--no-placement"));
    swarm.run(name, arguments.toArray(String[]::new));
  }

  /** Has the swarm place the model, which leaves it no choice yet; in two stages. */
  private static JsonObject place(LocalSwarm swarm, String head, String last) throws Exception {
    RunningNode gateway = swarm.node("gateway");
    JsonObject wish = new JsonObject().put("model_id", LocalSwarm.MODEL).put("min_nodes", 2);
    LocalSwarm.await(() -> administer(swarm, wish).statusCode() == 200);
    JsonObject placed = onlyInstance(gateway);
    assertThat(placed.getBoolean("rebalanced")).isTrue();
    assertThat(nodes(placed)).containsExactly(swarm.idOf(head, gateway), swarm.idOf(last, gateway));
    LocalSwarm.awaitReplicas(gateway, 1);
    return placed;
  }

  /** Waits for something, while all is told as it should be. */
  private static void awaitWhileTold(
      StoryLoad load, RunningNode gateway, Callable<Boolean> condition) throws Exception {
    long deadline = System.nanoTime() + PATIENCE_NANOS;
    while (!condition.call()) {
      assertThat(System.nanoTime()).as("%s", events(gateway)).isLessThan(deadline);
      assertThat(load.told()).isNotNegative();
      Thread.sleep(20);
    }
  }

  private static void assertTold(StoryLoad load, Map<Integer, String> stories) throws Exception {
    int before = load.told();
    LocalSwarm.await(() -> load.told() >= before + 2 * READERS, load::progress);
    List<StoryLoad.Told> told = load.stop();
    assertThat(told)
        .allSatisfy(each -> assertThat(each.text()).isEqualTo(stories.get(each.number())));
    System.err.printf(
        "%d stories, longest pause %.0f ms%n",
        told.size(),
        told.stream().mapToDouble(each -> each.stream().longestPauseMillis()).max().orElse(0));
  }

  private static void assertMoved(RunningNode gateway, JsonObject placed) throws Exception {
    JsonObject moved = onlyInstance(gateway);
    assertThat(moved.getString("id")).isEqualTo(placed.getString("id"));
    assertThat(moved.getString("build_id")).isNotEqualTo(placed.getString("build_id"));
    assertThat(moved.getString("status")).isEqualTo("ready");
    assertThat(moved.containsKey("replacement")).isFalse();
    assertThat(events(gateway))
        .containsOnlyOnce("replacement_begun")
        .containsOnlyOnce("instance_replaced");
  }

  private static String leader(RunningNode node) throws Exception {
    return new JsonObject(node.get("/state").body()).getString("leader");
  }

  private static HttpResponse<String> administer(LocalSwarm swarm, JsonObject wish)
      throws Exception {
    String key = Files.readString(AdminKey.file(swarm.stateOf("gateway"))).strip();
    return swarm.node("gateway").administer(key, "/place_instance", wish.encode());
  }

  private static JsonObject onlyInstance(RunningNode node) throws Exception {
    JsonObject instances = new JsonObject(node.get("/state").body()).getJsonObject("instances");
    assertThat(instances).hasSize(1);
    return (JsonObject) instances.iterator().next().getValue();
  }

  private static List<String> nodes(JsonObject instance) {
    return instance.getJsonArray("stages").stream()
        .map(stage -> ((JsonObject) stage).getString("node"))
        .toList();
  }

  private static String events(RunningNode node) throws Exception {
    return node.get("/events?live=false").body();
  }

  private static int hosted(LocalSwarm swarm, String name) throws Exception {
    return new JsonArray(swarm.node(name).get("/api/pipelines").body()).size();
  }
}
