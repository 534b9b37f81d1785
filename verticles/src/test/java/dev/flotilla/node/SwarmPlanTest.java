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
  @TempDir private Path folder;

  @Test
  void aPlanRestsOnMeasuredMachinesAndWays() throws Exception {
    try (LocalSwarm swarm = new LocalSwarm(folder)) {
      RunningNode head = swarm.serve("head");
      swarm.run("lender", "--memory", "1GiB");

      LocalSwarm.await(() -> topology(head).getJsonArray("links").size() == 2);
      LocalSwarm.await(() -> speeds(head, "head").size() == 1);
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

      JsonObject one = previews(head, "model_id=story");
      assertThat(one.getJsonArray("previews").getJsonObject(0).getJsonArray("stages")).hasSize(1);

      assertThat(head.get("/instance/previews").statusCode()).isEqualTo(400);
      assertThat(head.get("/instance/previews?model_id=nothing").statusCode()).isEqualTo(404);
      assertThat(head.get("/instance/previews?model_id=story&slots=0").body())
          .contains("'slots' is a number from 1");
      assertThat(head.get("/instance/previews?model_id=story&node_ids=x").statusCode())
          .isEqualTo(400);
    }
  }

  private static JsonObject topology(RunningNode node) throws Exception {
    return new JsonObject(node.get("/topology").body());
  }

  private static JsonObject speeds(RunningNode node, String name) throws Exception {
    return objects(topology(node).getJsonArray("nodes")).stream()
        .filter(each -> each.getString("name").equals(name))
        .findFirst()
        .map(each -> each.getJsonObject("seconds_per_layer"))
        .orElseGet(JsonObject::new);
  }

  private static JsonObject previews(RunningNode node, String query) throws Exception {
    return new JsonObject(node.get("/instance/previews?" + query).body());
  }

  private static List<JsonObject> objects(JsonArray array) {
    return array.stream().map(JsonObject.class::cast).toList();
  }
}
