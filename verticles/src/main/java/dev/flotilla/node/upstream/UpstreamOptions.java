package dev.flotilla.node.upstream;

import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * The upstreams of a node.
 *
 * @param servers where they are; their names differ
 * @param silenceMillis how long an upstream may give nothing while a request waits for it
 */
public record UpstreamOptions(List<UpstreamAddress> servers, long silenceMillis) {
  /** The most upstreams of one node. */
  public static final int MAX_SERVERS = 64;

  /** None. */
  public static final UpstreamOptions NONE = new UpstreamOptions(List.of(), 300_000);

  public UpstreamOptions {
    servers = List.copyOf(servers);
    if (servers.size() > MAX_SERVERS) {
      throw new IllegalArgumentException("a node may have " + MAX_SERVERS + " upstreams");
    }
    if (silenceMillis < 100) {
      throw new IllegalArgumentException("an upstream needs at least 100 ms to answer");
    }
    Set<String> names = new HashSet<>();
    for (UpstreamAddress server : servers) {
      if (!names.add(server.name())) {
        throw new IllegalArgumentException("two upstreams are called '" + server.name() + "'");
      }
    }
  }
}
