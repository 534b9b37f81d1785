package dev.flotilla.federation;

import java.util.Optional;
import java.util.Set;

/**
 * What a session wants of its replica besides what the policy is for.
 *
 * @param excluded nodes that are not to be tried
 * @param contextAbove positions that are known to be too few; 0 where none are
 * @param stickyKey what it has in common with the sessions that it belongs to
 */
record Wanted(Set<String> excluded, int contextAbove, Optional<String> stickyKey) {
  static final Wanted ANY = new Wanted(Set.of(), 0, Optional.empty());

  Wanted {
    excluded = Set.copyOf(excluded);
  }

  boolean admits(ReplicaAnnouncement replica) {
    return !excluded.contains(replica.nodeId()) && replica.contextTokens() > contextAbove;
  }
}
