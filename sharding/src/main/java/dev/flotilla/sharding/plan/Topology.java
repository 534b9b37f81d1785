package dev.flotilla.sharding.plan;

import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * The swarm's machines and what is between them.
 *
 * @param nodes each once
 * @param links directed, at most one for a pair; nodes without a link can't be neighbours in a
 *     pipeline
 */
public record Topology(List<NodeProfile> nodes, List<Link> links) {

  private record Pair(String from, String to) {}

  public Topology {
    nodes = List.copyOf(nodes);
    links = List.copyOf(links);
    Set<String> ids = new HashSet<>();
    for (NodeProfile node : nodes) {
      if (!ids.add(node.nodeId())) {
        throw new IllegalArgumentException("node %s is there twice".formatted(node.nodeId()));
      }
    }
    Set<Pair> pairs = new HashSet<>();
    for (Link link : links) {
      if (!ids.contains(link.from()) || !ids.contains(link.to())) {
        throw new IllegalArgumentException(
            "link from %s to %s, of which one is no node".formatted(link.from(), link.to()));
      }
      if (!pairs.add(new Pair(link.from(), link.to()))) {
        throw new IllegalArgumentException(
            "link from %s to %s is there twice".formatted(link.from(), link.to()));
      }
    }
  }
}
