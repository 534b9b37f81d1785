package dev.flotilla.node.upstream;

import java.util.List;

/**
 * A model that upstreams serve now.
 *
 * @param id what they call it
 * @param createdSeconds since 1970; 0 if they don't say
 * @param replicas which of them serve it, at least one
 */
public record UpstreamModel(String id, long createdSeconds, List<UpstreamReplica> replicas) {
  public UpstreamModel {
    replicas = List.copyOf(replicas);
  }

  /**
   * A model at an upstream.
   *
   * @param server the upstream's name
   * @param running requests of this node that it works on
   * @param contextTokens positions of one session; 0 if it does not say
   */
  public record UpstreamReplica(String server, int running, int contextTokens) {}
}
