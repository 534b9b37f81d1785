package dev.flotilla.node;

import dev.flotilla.tokens.PeerAddress;
import io.vertx.core.VertxOptions;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Members of a swarm in the process of the test, on loopback, that find only whom they are told.
 */
final class LoopbackSwarm {
  static final String HOST = "127.0.0.1";

  private LoopbackSwarm() {}

  /** A member on any free ports. */
  static Swarm start(Path folder, String name, Optional<String> credential, List<PeerAddress> peers)
      throws Exception {
    return start(folder, name, credential, peers, SwarmPort.ANY, SwarmPort.ANY, SwarmPort.ANY);
  }

  static Swarm start(
      Path folder,
      String name,
      Optional<String> credential,
      List<PeerAddress> peers,
      SwarmPort cluster,
      SwarmPort bus,
      SwarmPort link)
      throws Exception {
    SwarmOptions options =
        new SwarmOptions(
            credential,
            name,
            HOST,
            Optional.empty(),
            cluster,
            bus,
            link,
            peers,
            false,
            false,
            0,
            List.of(),
            false,
            false,
            Map.of());
    return Swarm.start(options, folder.resolve(name), new VertxOptions(), Clock.systemUTC());
  }
}
