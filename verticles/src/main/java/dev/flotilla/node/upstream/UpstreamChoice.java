package dev.flotilla.node.upstream;

import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Which upstream gets a request. */
final class UpstreamChoice {
  private UpstreamChoice() {}

  /**
   * The one with the fewest requests of this node among those that have the model, admit requests
   * and were not tried yet; among equals the one that is due in turn.
   *
   * @param tried names of those that failed this request
   * @param turn counts requests
   */
  static Optional<UpstreamServer> of(
      List<UpstreamServer> servers, Set<String> tried, long turn, long nowNanos) {
    List<UpstreamServer> able =
        servers.stream()
            .filter(server -> !tried.contains(server.name()) && server.admits(nowNanos))
            .toList();
    int fewest = able.stream().mapToInt(UpstreamServer::running).min().orElse(0);
    List<UpstreamServer> equal =
        able.stream()
            .filter(server -> server.running() <= fewest)
            .sorted(Comparator.comparing(UpstreamServer::name))
            .toList();
    return equal.isEmpty()
        ? able.stream().findFirst()
        : Optional.of(equal.get((int) Math.floorMod(turn, (long) equal.size())));
  }
}
