package dev.flotilla.node;

import static org.assertj.core.api.Assertions.assertThat;

import dev.flotilla.gguf.SharedFiles;
import dev.flotilla.tokens.PeerAddress;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A swarm of real nodes that sets up and takes down what it was asked for, at any node. */
@Timeout(300)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class SwarmInstanceTest {
  private static final String MODEL = "stories260K";
  private static final String OTHER = "TinyStories-656K-Q8_0";
  private static final Map<String, String> PORTS = new ConcurrentHashMap<>();
  @TempDir private static Path folder;
  private static LocalSwarm swarm;
  private static Path models;

  /** {@code owner} has the models' files, {@code lender} has memory, {@code asked} has neither. */
  @BeforeAll
  static void start() throws Exception {
    swarm = new LocalSwarm(folder);
    models = Files.createDirectory(folder.resolve("models"));
    for (String model : List.of(MODEL, OTHER)) {
      Files.copy(SharedFiles.require("models/" + model + ".gguf"), models.resolve(model + ".gguf"));
    }
    startAll();
  }

  /** One after another where they don't know each other's ports yet. */
  private static void startAll() throws Exception {
    if (PORTS.isEmpty()) {
      owner();
      swarm.together(List.of(SwarmInstanceTest::lender, SwarmInstanceTest::asked));
    } else {
      swarm.together(
          List.of(SwarmInstanceTest::owner, SwarmInstanceTest::lender, SwarmInstanceTest::asked));
    }
    LocalSwarm.await(() -> state("asked").getJsonObject("nodes").size() == 3);
    for (String name : List.of("owner", "lender", "asked")) {
      String address = LocalSwarm.address(swarm.node("asked"), name, "cluster");
      PORTS.put(name, Integer.toString(PeerAddress.parse(address).port()));
    }
  }

  /**
   * It has the files of two models, and room for one, however little it keeps of the other; of one
   * of them no stage fits elsewhere.
   */
  private static RunningNode owner() throws Exception {
    return swarm.run(
        "owner",
        "--cluster-port",
        port("owner"),
        "--models-dir",
        models.toString(),
        "--memory",
        "11MiB",
        "--threads",
        "1",
        "--context-size",
        "256");
  }

  private static RunningNode lender() throws Exception {
    return swarm.run(
        "lender", "--cluster-port", port("lender"), "--memory", "5MiB", "--no-placement");
  }

  private static RunningNode asked() throws Exception {
    return swarm.run(
        "asked",
        "--cluster-port",
        port("asked"),
        "--federated",
        "--no-placement",
        "--settle-time",
        "100ms");
  }

  private static String port(String name) {
    return PORTS.getOrDefault(name, "0");
  }

  @AfterAll
  static void stop() {
    swarm.close();
  }

  @Test
  @Order(1)
  void whatMakesNoSenseChangesNothing() throws Exception {
    LocalSwarm.await(() -> get("asked", placement("&min_nodes=2")).statusCode() == 200);
    long index = state("asked").getLong("index");

    assertRefused(place(new JsonObject()), 400, "model_id");
    assertRefused(place(wish().put("model_id", "nothing")), 404, "model_id");
    assertRefused(place(wish().put("sharding", "Tensor")), 400, "sharding");
    assertRefused(place(wish().put("min_nodes", 0)), 400, "min_nodes");
    assertRefused(place(wish().put("min_nodes", 3)), 400, "model_id");
    assertRefused(place(wish().put("node_ids", new JsonArray().add("x"))), 400, "node_ids[0]");
    assertRefused(place(wish().put("command_id", "")), 400, "command_id");
    assertRefused(place(wish().put("epoch", 77)), 409, "epoch");
    assertRefused(place(wish().put("epoch", "now")), 400, "epoch");
    JsonObject scale = wish().put("max", 2);
    assertRefused(administer("/api/replicas", scale.put("epoch", 77)), 409, "epoch");
    String owner = id("owner");
    String lender = id("lender");
    assertRefused(set(stage(owner, 0, 4)), 400, "instance.stages[0].to");
    assertRefused(set(stage(owner, 1, 5)), 400, "instance.stages[0].from");
    assertRefused(set(stage("f".repeat(64), 0, 5)), 400, "instance.stages[0].node");
    assertRefused(set(stage(lender, 0, 5)), 400, "instance.stages[0].node");
    assertRefused(
        set(stage(owner, 0, 2), stage(id("asked"), 2, 5)), 400, "instance.stages[1].node");
    assertRefused(set(stage(owner, 0, 2), stage(owner, 2, 5)), 400, "instance.stages[1].node");
    assertRefused(get("asked", placement("&min_nodes=9")), 400, "model_id");
    assertRefused(get("asked", "/instance/await"), 400, "model_id");
    assertThat(get("asked", "/instance/nothing").statusCode()).isEqualTo(404);
    assertThat(delete("nothing").statusCode()).isEqualTo(404);
    assertThat(swarm.node("asked").post("/place_instance", wish().encode()).statusCode())
        .as("without a key that may")
        .isIn(401, 403);

    assertThat(state("asked").getJsonObject("instances")).isEmpty();
    assertThat(state("asked").getLong("index")).isEqualTo(index);
  }

  private static String placement(String more) {
    return "/instance/placement?model_id=" + MODEL + more;
  }

  private static JsonObject wish() {
    return new JsonObject().put("model_id", MODEL);
  }

  private static JsonObject stage(String node, int from, int to) {
    return new JsonObject().put("node", node).put("from", from).put("to", to);
  }

  private static HttpResponse<String> place(JsonObject body) throws Exception {
    return administer("/place_instance", body);
  }

  private static HttpResponse<String> set(JsonObject... stages) throws Exception {
    JsonObject instance =
        new JsonObject().put("model_id", MODEL).put("stages", new JsonArray(List.of(stages)));
    return administer("/instance", new JsonObject().put("instance", instance));
  }

  private static HttpResponse<String> administer(String path, JsonObject body) throws Exception {
    return swarm.node("asked").administer(key(), path, body.encode());
  }

  private static HttpResponse<String> delete(String id) throws Exception {
    return swarm.node("asked").delete(key(), "/instance/" + id);
  }

  private static String key() throws Exception {
    return Files.readString(AdminKey.file(swarm.stateOf("asked"))).strip();
  }

  private static HttpResponse<String> get(String node, String path) throws Exception {
    return swarm.node(node).get(path);
  }

  private static JsonObject state(String node) throws Exception {
    return new JsonObject(get(node, "/state").body());
  }

  private static String id(String name) throws Exception {
    return swarm.idOf(name, swarm.node("asked"));
  }

  private static void assertRefused(HttpResponse<String> response, int status, String field) {
    assertThat(response.statusCode()).as(response.body()).isEqualTo(status);
    JsonObject error = new JsonObject(response.body()).getJsonObject("error");
    assertThat(error.getString("param")).as(response.body()).isEqualTo(field);
    assertThat(error.getString("message")).isNotBlank();
  }

  @Test
  @Order(2)
  void aPipelineIsPlacedAnswersAndIsTakenDown() throws Exception {
    long epoch = state("asked").getLong("epoch");
    JsonObject placed = decided(place(wish().put("command_id", "first").put("epoch", epoch)));
    String instance = placed.getString("instance_id");
    assertThat(placed.getString("command_id")).isEqualTo("first");
    assertThat(awaited("model_id=" + MODEL).getString("type")).isEqualTo("ready");
    assertThat(answer(MODEL)).isEqualTo(200);
    assertThat(get("owner", "/instance/" + instance).body()).contains("\"ready\"", id("owner"));

    // What was done in its epoch is answered in every other.
    JsonObject again = decided(place(wish().put("command_id", "first").put("epoch", epoch - 1)));
    assertThat(again.getString("instance_id")).isEqualTo(instance);
    assertThat(state("asked").getJsonObject("instances").fieldNames()).containsExactly(instance);
    assertRefused(place(wish()), 400, "model_id");
    assertRefused(delete(instance + "?epoch=77"), 409, "epoch");

    assertThat(delete(instance).statusCode()).isEqualTo(200);
    LocalSwarm.await(() -> get("owner", "/api/pipelines").body().equals("[]"));
    LocalSwarm.await(() -> !isLoaded(MODEL));
    assertRefused(place(wish().put("command_id", "first")), 409, "command_id");
    assertThat(delete(instance).statusCode()).isEqualTo(404);
  }

  /** Models that are not running are listed as such. */
  private static boolean isLoaded(String model) throws Exception {
    return new JsonObject(get("asked", "/v1/models").body())
        .getJsonArray("data").stream()
            .map(JsonObject.class::cast)
            .filter(each -> each.getString("id").equals(model))
            .findFirst()
            .orElseThrow()
            .getBoolean("loaded", true);
  }

  private static JsonObject decided(HttpResponse<String> response) {
    assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
    return new JsonObject(response.body());
  }

  /** What the wait for an instance ends with. */
  private static JsonObject awaited(String query) throws Exception {
    HttpResponse<String> response = get("asked", "/instance/await?timeout_seconds=60&" + query);
    try (Stream<String> lines = response.body().lines()) {
      return new JsonObject(
          lines.filter(line -> line.startsWith("data: ")).findFirst().orElseThrow().substring(6));
    }
  }

  private static int answer(String model) throws Exception {
    JsonObject request =
        new JsonObject().put("model", model).put("prompt", "Once").put("max_tokens", 4);
    return swarm.node("asked").post("/v1/completions", request.encode()).statusCode();
  }

  @Test
  @Order(3)
  void itsPipelinesComeBackWhenTheSwarmWasSwitchedOff() throws Exception {
    JsonObject placed = decided(set(stage(id("owner"), 0, 2), stage(id("lender"), 2, 5)));
    String instance = placed.getString("instance_id");
    assertThat(awaited("instance_id=" + instance).getString("type")).isEqualTo("ready");
    assertThat(answer(MODEL)).isEqualTo(200);

    List.of("asked", "owner", "lender").forEach(swarm::stop);
    startAll();
    assertThat(awaited("instance_id=" + instance).getString("type")).isEqualTo("ready");
    LocalSwarm.await(() -> answer(MODEL) == 200);
    assertThat(get("owner", "/api/pipelines").body()).contains(id("lender"));
    assertThat(delete(instance).statusCode()).isEqualTo(200);
  }

  @Test
  @Order(4)
  void aModelIsLoadedAtTheFirstRequestAndTheOneUsedLongestAgoMakesWay() throws Exception {
    LocalSwarm.await(() -> get("owner", "/api/pipelines").body().equals("[]"));
    LocalSwarm.await(() -> !isLoaded(MODEL));
    assertThat(answer("nothing")).isEqualTo(404);
    JsonObject request =
        new JsonObject().put("model", MODEL).put("prompt", "Once").put("max_tokens", 4);
    try (Stream<String> lines =
        swarm.node("asked").stream("/v1/completions", request.put("stream", true).encode())
            .body()) {
      assertThat(lines.filter(line -> !line.isEmpty()).toList())
          .anyMatch(line -> line.startsWith(": "))
          .last()
          .isEqualTo("data: [DONE]");
    }
    assertThat(placedModels()).containsExactly(MODEL);

    assertThat(answer(OTHER)).isEqualTo(200);
    assertThat(placedModels()).containsExactly(OTHER);
    List<JsonObject> instances = instances();
    assertThat(instances).allMatch(instance -> instance.getBoolean("on_demand"));
    assertThat(delete(instances.getFirst().getString("id")).statusCode()).isEqualTo(200);
    LocalSwarm.await(() -> !isLoaded(OTHER));

    // What an administrator has placed makes way for nobody.
    LocalSwarm.await(() -> place(wish()).statusCode() == 200);
    HttpResponse<String> refused =
        swarm.node("asked").post("/v1/completions", request.put("model", OTHER).encode());
    assertRefused(refused, 503, "model");
    assertThat(refused.headers().firstValue("Retry-After")).isPresent();
    assertThat(placedModels()).containsExactly(MODEL);
  }

  private static List<JsonObject> instances() throws Exception {
    return state("asked").getJsonObject("instances").stream()
        .map(each -> (JsonObject) each.getValue())
        .toList();
  }

  private static List<String> placedModels() throws Exception {
    return instances().stream().map(each -> each.getString("model_id")).toList();
  }
}
