package dev.flotilla.node.topology;

import static org.assertj.core.api.Assertions.assertThat;

import dev.flotilla.sharding.plan.LayerCost;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LayerCostFileTest {
  private static final Map<String, LayerCost> KNOWN =
      Map.of("llama q4", new LayerCost(1000, 0.001, 0.004), "other", new LayerCost(5, 0.1, 0.2));

  @TempDir private Path folder;

  private LayerCostFile file(String with) {
    return new LayerCostFile(new MachineFile(folder.resolve("costs.json"), with));
  }

  @Test
  void isThereAfterARestart() {
    assertThat(file("2 threads").read()).isEmpty();
    file("2 threads").keep(KNOWN);
    assertThat(file("2 threads").read()).isEqualTo(KNOWN);
    assertThat(folder).isDirectoryContaining(path -> path.endsWith("costs.json"));
    assertThat(folder.toFile().list()).hasSize(1);
  }

  @Test
  void doesNotHoldForOtherMachinesOrSettings() {
    file("2 threads").keep(KNOWN);
    assertThat(file("1 thread").read()).isEmpty();
  }

  @Test
  void isWrittenOnlyWhenItIsWorthIt() {
    LayerCostFile file = file("any");
    file.keep(KNOWN);
    Map<String, LayerCost> now = new HashMap<>(KNOWN);
    now.put("other", new LayerCost(5, 0.11, 0.18));
    file.keep(now);
    assertThat(file("any").read()).isEqualTo(KNOWN);
    now.put("other", new LayerCost(5, 0.11, 0.1));
    file.keep(now);
    assertThat(file("any").read()).isEqualTo(now);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "[]",
        "{\"machine\": 1}",
        "{\"machine\": \"%s\", \"costs\": [{\"key\": \"a\", \"bytes\": -1}]}",
        "{\"machine\": \"%s\", \"costs\":"
            + " [{\"key\": \"a\", \"bytes\": 1, \"prefill\": 0, \"decode\": 1}]}"
      })
  void whatIsDamagedIsMeasuredAgain(String text) throws IOException {
    file("any").keep(KNOWN);
    Path path = folder.resolve("costs.json");
    String machine = Files.readString(path).replaceFirst(".*\"machine\":\"([^\"]*)\".*", "$1");
    Files.writeString(path, text.formatted(machine));
    assertThat(file("any").read()).isEmpty();
    file("any").keep(KNOWN);
    assertThat(file("any").read()).isEqualTo(KNOWN);
  }
}
