package dev.flotilla.node;

import static org.assertj.core.api.Assertions.assertThat;

import dev.flotilla.gguf.SharedFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The official OpenAI client for JavaScript, unmodified, against the real command line. */
class NpmClientTest {
  private static final Path SCRIPTS = Path.of("src", "test", "js");

  @TempDir private Path folder;

  @Test
  void passesAllItsChecks() throws Exception {
    for (String file : new String[] {"package.json", "package-lock.json", "openai-client.mjs"}) {
      Files.copy(SCRIPTS.resolve(file), folder.resolve(file));
    }
    assertThat(run("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund")).isZero();
    String model = SharedFiles.require("models/stories260K.gguf").toString();
    try (RunningNode node =
        RunningNode.start(folder.resolve("state"), "--model", model, "--threads", "1")) {
      assertThat(run("node", "openai-client.mjs", node.url() + "/v1", "--embedder", "stories260K"))
          .isZero();
    }
  }

  private int run(String... command) throws IOException, InterruptedException {
    Process process = new ProcessBuilder(command).directory(folder.toFile()).inheritIO().start();
    assertThat(process.waitFor(5, TimeUnit.MINUTES)).isTrue();
    return process.exitValue();
  }
}
