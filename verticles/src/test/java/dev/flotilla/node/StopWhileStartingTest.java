package dev.flotilla.node;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A signal that comes while a node starts. */
@Timeout(120)
class StopWhileStartingTest {
  private static final int TERMINATED = 143;

  @TempDir private Path folder;

  @Test
  void aMemberThatIsNotReadyStopsInOrder() throws Exception {
    Process node =
        RunningNode.launch(
            ProcessBuilder.Redirect.PIPE,
            List.of(
                "federated",
                "--p2p",
                "--no-mdns",
                "--bind",
                "127.0.0.1",
                "--address",
                "127.0.0.1:0",
                "--state-dir",
                folder.toString()));
    List<String> log = new ArrayList<>();
    try (BufferedReader lines = node.errorReader()) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        log.add(line);
        if (line.contains("listening on")) {
          // Not of the process itself, which would close its log.
          node.toHandle().destroy();
        }
      }
    } finally {
      node.destroyForcibly();
    }

    assertThat(node.waitFor()).isEqualTo(TERMINATED);
    assertThat(log)
        .anyMatch(line -> line.contains("listening on"))
        .noneMatch(line -> line.contains("Exception"))
        .noneMatch(line -> line.contains("Flotilla is ready"));
  }
}
