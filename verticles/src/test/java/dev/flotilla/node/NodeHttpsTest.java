package dev.flotilla.node;

import static org.assertj.core.api.Assertions.assertThat;

import dev.flotilla.gguf.SharedFiles;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The command line against a node whose API has a certificate of its own. */
@Timeout(120)
class NodeHttpsTest {
  @TempDir private Path folder;

  @Test
  void chatsWithANodeWhoseCertificateIsSelfSigned() throws Exception {
    Path model = SharedFiles.require("models/stories260K.gguf");
    String[] arguments = {"--tls-self-signed", "--model", model.toString(), "--max-tokens", "8"};
    try (RunningNode node = RunningNode.start(folder.resolve("state"), arguments)) {
      assertThat(node.url()).startsWith("https://127.0.0.1:");

      Path certificate = ApiCertificate.selfSigned(folder.resolve("state"));
      assertThat(chat(node, "--ca", certificate.toString())).isNotBlank();
      assertThat(chat(node)).isEmpty();
    }
  }

  /** What {@code flotilla chat} prints for one question. */
  private static String chat(RunningNode node, String... more) throws Exception {
    List<String> command = new ArrayList<>(List.of("chat", "--url", node.url()));
    command.addAll(List.of(more));
    Process process = RunningNode.launch(command);
    process.getOutputStream().write("Hi\n".getBytes(StandardCharsets.UTF_8));
    process.getOutputStream().close();
    String printed =
        new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
    assertThat(process.waitFor() == 0).isEqualTo(!printed.isEmpty());
    return printed;
  }
}
