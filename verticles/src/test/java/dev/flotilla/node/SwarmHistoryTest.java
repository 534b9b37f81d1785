package dev.flotilla.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** One history in a swarm of real nodes, whatever becomes of its leader. */
@Timeout(300)
class SwarmHistoryTest {
  private static final List<String> NAMES = List.of("first", "second", "third");

  @TempDir private Path folder;

  @Test
  void aLeadersDeathAndARestartOfAllLeaveOneHistory() throws Exception {
    try (LocalSwarm swarm = new LocalSwarm(folder)) {
      for (String name : NAMES) {
        swarm.run(name);
      }
      LocalSwarm.await(() -> agree(swarm, NAMES, 3));
      JsonObject before = state(swarm.node("first"));
      String leader = nameOf(before, before.getString("leader"));

      swarm.kill(leader);
      List<String> left = NAMES.stream().filter(name -> !name.equals(leader)).toList();
      LocalSwarm.await(() -> {
        JsonObject state = state(swarm.node(left.getFirst()));
        return state.getLong("epoch") > before.getLong("epoch") && agree(swarm, left, 3);
      });
      assertThat(typesOf(swarm.node(left.getLast()))).contains("leader_elected");
      String index = state(swarm.node(left.getFirst())).getLong("index").toString();
      assertThat(firstEventAfter(swarm.node(left.getFirst()), Long.parseLong(index) - 1))
          .contains("id: " + index)
          .anyMatch(line -> line.startsWith("data: {\"index\":" + index));

      JsonObject last = state(swarm.node(left.getFirst()));
      left.forEach(swarm::stop);
      for (String name : left) {
        swarm.run(name);
      }
      // What they kept is there at once; a leader goes on from it.
      LocalSwarm.await(() -> {
        JsonObject state = state(swarm.node(left.getFirst()));
        return state.getLong("epoch") > last.getLong("epoch") && agree(swarm, left, 3);
      });
      JsonObject after = state(swarm.node(left.getFirst()));
      assertThat(after.getLong("index")).isGreaterThan(last.getLong("index"));

      swarm.run(leader);
      LocalSwarm.await(() -> agree(swarm, NAMES, 3));
    }
  }

  @Test
  void withoutAMajorityNothingIsDecided() throws Exception {
    try (LocalSwarm swarm = new LocalSwarm(folder)) {
      for (String name : NAMES) {
        swarm.run(name);
      }
      LocalSwarm.await(() -> agree(swarm, NAMES, 3));
      JsonObject before = state(swarm.node("third"));
      swarm.kill("first");
      swarm.kill("second");
      LocalSwarm.await(
          () -> new JsonArray(swarm.node("third").get("/api/nodes").body()).size() == 1);
      assertThat(state(swarm.node("third")).getLong("index"))
          .isLessThanOrEqualTo(before.getLong("index") + 1);
      assertThat(swarm.node("third").get("/state/nodes/nobody").statusCode()).isEqualTo(404);

      swarm.run("second");
      LocalSwarm.await(() -> agree(swarm, List.of("second", "third"), 3));
    }
  }

  @Test
  void ofTwoTheOneOfTheLeastIdGoesOnAloneIfThatIsAllowed() throws Exception {
    try (LocalSwarm swarm = new LocalSwarm(folder)) {
      List<String> names = List.of("first", "second");
      for (String name : names) {
        swarm.serve(name, "--half-quorum");
      }
      LocalSwarm.await(() -> agree(swarm, names, 2));
      boolean isFirst =
          swarm
                  .idOf("first", swarm.node("first"))
                  .compareTo(swarm.idOf("second", swarm.node("first")))
              < 0;
      String left = isFirst ? "first" : "second";
      swarm.kill(isFirst ? "second" : "first");
      LocalSwarm.awaitMembers(swarm.node(left), left);

      JsonObject wanted = new JsonObject().put("model_id", LocalSwarm.MODEL).put("max", 3);
      String key = Files.readString(AdminKey.file(swarm.stateOf(left))).strip();
      LocalSwarm.await(() ->
          swarm.node(left).administer(key, "/api/replicas", wanted.encode()).statusCode() == 200);
      JsonObject kept = new JsonObject().put("min", 0).put("max", 3);
      LocalSwarm.await(() ->
          kept.equals(
              state(swarm.node(left)).getJsonObject("replicas").getJsonObject(LocalSwarm.MODEL)));
    }
  }

  /** Whether these nodes have one history, with so many members and a leader of a live epoch. */
  private static boolean agree(LocalSwarm swarm, List<String> names, int members) throws Exception {
    List<JsonObject> states = new ArrayList<>();
    for (String name : names) {
      states.add(state(swarm.node(name)));
    }
    JsonObject first = states.getFirst();
    return first.getJsonObject("nodes").size() == members
        && states.stream().allMatch(state -> sameHistory(first, state))
        && names.contains(nameOf(first, first.getString("leader")));
  }

  private static boolean sameHistory(JsonObject one, JsonObject other) {
    return one.getLong("index").equals(other.getLong("index"))
        && one.getString("hash").equals(other.getString("hash"));
  }

  private static String nameOf(JsonObject state, String nodeId) {
    return state.getJsonObject("nodes").getJsonObject(nodeId).getString("name");
  }

  private static JsonObject state(RunningNode node) throws Exception {
    return new JsonObject(node.get("/state").body());
  }

  private static List<String> typesOf(RunningNode node) throws Exception {
    return new JsonArray(node.get("/events?live=false").body())
        .stream()
            .flatMap(entry -> ((JsonObject) entry).getJsonArray("events").stream())
            .map(event -> ((JsonObject) event).getString("type"))
            .toList();
  }

  /** The lines of the stream up to its first event. */
  private static List<String> firstEventAfter(RunningNode node, long index) throws Exception {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(node.url() + "/events"))
            .header("Last-Event-ID", Long.toString(index))
            .build();
    HttpClient http = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    try (Stream<String> lines = http.send(request, BodyHandlers.ofLines()).body()) {
      List<String> read = new ArrayList<>();
      for (String line : (Iterable<String>) lines::iterator) {
        read.add(line);
        if (line.startsWith("data: ")) {
          break;
        }
      }
      return read;
    } finally {
      http.shutdownNow();
    }
  }
}
