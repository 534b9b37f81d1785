package dev.flotilla.node;

import static org.assertj.core.api.Assertions.assertThat;

import dev.flotilla.federation.LearntSpeed;
import dev.flotilla.node.topology.MachineFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ReplicaSpeedFileTest {
  private static final Map<String, LearntSpeed> KNOWN =
      Map.of("ab12", speed(100, 10), "cd34", speed(3000, 0.5));

  @TempDir private Path folder;

  private static LearntSpeed speed(double prefill, double decode) {
    return new LearntSpeed(prefill, new TreeMap<>(Map.of(1, decode, 16, decode / 4)));
  }

  private ReplicaSpeedFile file() {
    return new ReplicaSpeedFile(new MachineFile(folder.resolve("speeds.json"), "2 threads"));
  }

  @Test
  void isThereAfterARestart() {
    assertThat(file().read()).isEmpty();
    file().keep(KNOWN);
    assertThat(file().read()).isEqualTo(KNOWN);
  }

  @Test
  void isWrittenOnlyWhenItIsWorthIt() {
    ReplicaSpeedFile file = file();
    file.keep(KNOWN);
    Map<String, LearntSpeed> now = new HashMap<>(KNOWN);
    now.put("ab12", speed(110, 9));
    file.keep(Map.copyOf(now));
    assertThat(file().read()).isEqualTo(KNOWN);
    now.put("ab12", speed(110, 13));
    file.keep(Map.copyOf(now));
    assertThat(file().read()).isEqualTo(now);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"machine\": \"%s\", \"speeds\": 1}",
        "{\"machine\": \"%s\", \"speeds\": [{\"description\": \"a\", \"prefill\": 0}]}",
        "{\"machine\": \"%s\", \"speeds\":"
            + " [{\"description\": \"a\", \"prefill\": 1, \"decode\": []}]}",
        "{\"machine\": \"%s\", \"speeds\": [{\"description\": \"a\", \"prefill\": 1,"
            + " \"decode\": [{\"sessions\": 65, \"rate\": 1}]}]}"
      })
  void whatIsDamagedIsLearntAgain(String text) throws IOException {
    file().keep(KNOWN);
    Path path = folder.resolve("speeds.json");
    String machine = Files.readString(path).replaceFirst(".*\"machine\":\"([^\"]*)\".*", "$1");
    Files.writeString(path, text.formatted(machine));
    assertThat(file().read()).isEmpty();
    file().keep(KNOWN);
    assertThat(file().read()).isEqualTo(KNOWN);
  }
}
