package dev.flotilla.node;

import static org.assertj.core.api.Assertions.assertThat;

import dev.flotilla.tokens.NodeId;
import dev.flotilla.tokens.PeerAddress;
import dev.flotilla.tokens.SwarmToken;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What members know of each other. */
@Timeout(120)
class NodeDirectoryTest {
  @TempDir private Path folder;

  @Test
  void aMemberOfWhomNothingIsKnownIsAskedToTellAgain() throws Exception {
    try (Swarm first = swarm("first", Optional.empty(), List.of());
        Swarm second =
            swarm(
                "second",
                first.token().map(SwarmToken::encode),
                List.of(first.cluster().address()))) {
      first.announceApi("http://127.0.0.1:1", "1", 0);
      second.announceApi("http://127.0.0.1:2", "1", 0);
      LocalSwarm.await(() -> knows(first, second.id()) && knows(second, first.id()));

      // As if the cluster had lost what the second said of itself, and no member came or went.
      first.cluster().sharedMap("flotilla.nodes").remove(second.id().hex());
      LocalSwarm.await(() -> knows(first, second.id()));
      assertThat(first.card(second.id()).orElseThrow().api()).isEqualTo("http://127.0.0.1:2");
    }
  }

  @Test
  void aMemberKnowsItselfWhateverTheClusterLoses() throws Exception {
    try (Swarm only = swarm("only", Optional.empty(), List.of())) {
      only.announceApi("http://127.0.0.1:1", "1", 0);

      only.cluster().sharedMap("flotilla.nodes").remove(only.id().hex());

      assertThat(only.card(only.id()).orElseThrow().api()).isEqualTo("http://127.0.0.1:1");
      assertThat(only.cards()).hasSize(1);
    }
  }

  private static boolean knows(Swarm swarm, NodeId node) {
    return swarm.card(node).isPresent();
  }

  private Swarm swarm(String name, Optional<String> credential, List<PeerAddress> peers)
      throws Exception {
    return LoopbackSwarm.start(folder, name, credential, peers);
  }
}
