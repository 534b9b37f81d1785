package dev.flotilla.node;

import dev.flotilla.gguf.SharedFiles;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Nodes on machines with addresses of their own. Only root can make such machines, which are
 * network namespaces: skipped for others.
 */
class SeveralHostsTest {
  private static final int LIMIT_SECONDS = 240;

  @TempDir private Path folder;

  @BeforeAll
  static void assumeNamespaces() {
    Namespaced.assumeUsable();
    SharedFiles.require("models/stories260K.gguf");
  }

  @Test
  @Tag("soak")
  void aModelOutlivesAMachine() throws Exception {
    play("model-outlives-machine");
  }

  @Test
  @Tag("soak")
  void theSwarmIsRightAgainAfterChangesOfItsNetworks() throws Exception {
    play("changes-of-network");
  }

  private void play(String scenario) throws Exception {
    System.out.print(
        Namespaced.run(SeveralHosts.class, folder, LIMIT_SECONDS, scenario, folder.toString()));
  }
}
