package dev.flotilla.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A swarm of real nodes measures itself, and plans on what it measured. */
@Timeout(300)
class SwarmPlanTest {
  private static final String LONG_ANSWER =
      """
      {"model": "story", "prompt": "Once upon a time", "max_tokens": 200, "ignore_eos": true}
      """;

  @TempDir private Path folder;

  @Test
  void aPlanRestsOnMeasuredMachinesAndWays() throws Exception {
    try (LocalSwarm swarm = new LocalSwarm(folder)) {
      RunningNode head = swarm.serve("head");
      // The lender's start would disturb that.
      LocalSwarm.await(() -> speeds(head, "head").size() == 1);
      swarm.run("lender", "--memory", "1GiB", "--label", "room=office", "--label", "rack=3");

      LocalSwarm.await(() -> topology(head).getJsonArray("links").size() == 2);
      // Nothing has run there.
      LocalSwarm.await(() -> speeds(head, "lender").size() == 1);
      LocalSwarm.await(() -> !cpuFeatures(head, "lender").isEmpty());
      // Both are this machine.
      assertThat(cpuFeatures(head, "lender")).isEqualTo(cpuFeatures(head, "head"));
      JsonObject lender = machine(head, "lender");
      assertThat(lender.getString("platform")).startsWith(System.getProperty("os.name"));
      assertThat(lender.getLong("disk_free_bytes")).isPositive();
      assertThat(lender.getJsonArray("gpus")).isEmpty();
      for (JsonObject link : objects(topology(head).getJsonArray("links"))) {
        assertThat(link.getDouble("round_trip_ms")).isPositive();
      }

      JsonObject two = previews(head, "model_id=story&min_nodes=2&max_nodes=2");
      JsonObject plan = two.getJsonArray("previews").getJsonObject(0);
      List<JsonObject> stages = objects(plan.getJsonArray("stages"));
      assertThat(stages)
          .extracting(stage -> stage.getString("name"))
          .containsExactly("head", "lender");
      assertThat(stages.getFirst().getInteger("from")).isZero();
      assertThat(stages.getLast().getInteger("to")).isEqualTo(5);
      assertThat(plan.getDouble("tokens_per_second")).isPositive();
      assertThat(plan.getJsonObject("memory_delta_by_node").size()).isEqualTo(2);

      assertThat(plan.getString("speeds")).isEqualTo("measured");

      // The first steps of a process are slow; what it does later counts more.
      LocalSwarm.await(() -> {
        assertThat(head.post("/v1/completions", LONG_ANSWER).statusCode()).isEqualTo(200);
        return decodeSeconds(head, "head") < 2 * decodeSeconds(head, "lender");
      });
      JsonObject one = previews(head, "model_id=story");
      assertThat(one.getJsonArray("previews").getJsonObject(0).getJsonArray("stages")).hasSize(1);

      assertThat(head.get("/instance/previews").statusCode()).isEqualTo(400);
      assertThat(head.get("/instance/previews?model_id=nothing").statusCode()).isEqualTo(404);
      assertThat(head.get("/instance/previews?model_id=story&slots=0").body())
          .contains("'slots' must be between 1 and 1024");
      assertThat(head.get("/instance/previews?model_id=story&node_ids=x").statusCode())
          .isEqualTo(400);

      LocalSwarm.await(() -> !LocalSwarm.member(head, "lender").getJsonObject("labels").isEmpty());
      assertThat(LocalSwarm.member(head, "lender").getJsonObject("labels"))
          .isEqualTo(new JsonObject().put("room", "office").put("rack", "3"));
      assertThat(LocalSwarm.member(head, "head").getJsonObject("labels")).isEmpty();
      JsonObject office = previews(head, "model_id=story&labels=room%3Doffice");
      assertThat(office.getJsonArray("previews")).isEmpty();
      assertThat(office.getJsonArray("rejected").encode()).contains("not labelled room=office");
      JsonObject pinned = previews(head, "model_id=story&pin_node_ids=lender");
      assertThat(objects(pinned.getJsonArray("previews")))
          .isNotEmpty()
          .allSatisfy(each -> assertThat(each.getJsonArray("stages")).hasSize(2));
      assertRefused(head, "labels=room", "labels[0]");
      assertRefused(head, "labels=room%3Doffice&labels=room%3Dattic", "labels");
      assertRefused(head, "exclude_node_ids=head", "exclude_node_ids");
      assertRefused(head, "pin_node_ids=lender&exclude_node_ids=lender", "pin_node_ids");
    }
  }

  private static void assertRefused(RunningNode node, String query, String field) throws Exception {
    var answer = node.get("/instance/previews?model_id=story&" + query);
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(400);
    assertThat(new JsonObject(answer.body()).getJsonObject("error").getString("param"))
        .isEqualTo(field);
  }

  private static JsonObject topology(RunningNode node) throws Exception {
    return new JsonObject(node.get("/topology").body());
  }

  private static JsonObject speeds(RunningNode node, String name) throws Exception {
    return machine(node, name).getJsonObject("seconds_per_layer", new JsonObject());
  }

  private static double decodeSeconds(RunningNode node, String name) throws Exception {
    String shape = speeds(node, name).fieldNames().iterator().next();
    return speeds(node, name).getJsonObject(shape).getDouble("decode_seconds");
  }

  private static JsonArray cpuFeatures(RunningNode node, String name) throws Exception {
    return machine(node, name).getJsonArray("cpu_features", new JsonArray());
  }

  /** What a node says of another, or itself; empty while it does not see it. */
  private static JsonObject machine(RunningNode node, String name) throws Exception {
    return objects(topology(node).getJsonArray("nodes")).stream()
        .filter(each -> each.getString("name").equals(name))
        .findFirst()
        .orElseGet(JsonObject::new);
  }

  private static JsonObject previews(RunningNode node, String query) throws Exception {
    return new JsonObject(node.get("/instance/previews?" + query).body());
  }

  private static List<JsonObject> objects(JsonArray array) {
    return array.stream().map(JsonObject.class::cast).toList();
  }
}
