package dev.flotilla.federation.state;

/**
 * A node that the swarm counts as its own.
 *
 * @param nodeId its identity
 * @param name what people call it
 * @param role what it does for the swarm
 * @param votes whether it may lead, and its promises and acknowledgements count
 * @param lentBytes memory that its owner lends to models
 */
public record Member(String nodeId, String name, String role, boolean votes, long lentBytes) {
  public Member {
    Limits.text("nodeId", nodeId);
    Limits.text("name", name);
    Limits.text("role", role);
    if (lentBytes < 0) {
      throw new IllegalArgumentException("lentBytes: %d".formatted(lentBytes));
    }
  }
}
