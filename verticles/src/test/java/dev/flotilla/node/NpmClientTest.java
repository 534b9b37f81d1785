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
    run("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund");
    String model = SharedFiles.require("models/stories260K.gguf").toString();
    try (RunningNode node =
        RunningNode.start(folder.resolve("state"), "--model", model, "--threads", "1")) {
      run("node", "openai-client.mjs", node.url() + "/v1", "--embedder", "stories260K");
    }
  }

  /**
   * Runs it to its end, off this process's own streams: Node makes those it inherits non-blocking.
   */
  private void run(String... command) throws IOException, InterruptedException {
    Path output = folder.resolve(command[0] + ".log");
    Process process =
        new ProcessBuilder(command)
            .directory(folder.toFile())
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    process.getOutputStream().close();
    try {
      assertThat(process.waitFor(5, TimeUnit.MINUTES)).as("%s ends", command[0]).isTrue();
      assertThat(process.exitValue()).as(Files.readString(output)).isZero();
    } finally {
      process.destroyForcibly();
    }
  }
}
