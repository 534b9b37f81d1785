package dev.flotilla.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

class PlanOptionsTest {
  private static JsonObject wish(String... arguments) {
    PlanOptions options = new PlanOptions();
    new CommandLine(CommandLine.Model.CommandSpec.forAnnotatedObject(options)).parseArgs(arguments);
    return options.of("story");
  }

  @Test
  void aQueryRepeatsWhatABodyLists() {
    JsonObject wish =
        wish("--label", "room=office", "--label", "rack=3", "--pin", "my attic", "--max-nodes=2");
    assertThat(wish.getJsonArray("labels")).containsExactly("room=office", "rack=3");
    assertThat(PlanOptions.query(wish))
        .isEqualTo(
            "model_id=story&objective=latency&min_nodes=1&pin_node_ids=my+attic"
                + "&labels=room%3Doffice&labels=rack%3D3&max_nodes=2");
  }

  @Test
  void whatIsNotSaidIsNotAskedFor() {
    assertThat(PlanOptions.query(wish())).isEqualTo("model_id=story&objective=latency&min_nodes=1");
  }
}
