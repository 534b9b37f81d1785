package dev.flotilla.federation.state;

import java.util.Collection;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * Which nodes may decide for the swarm: a strict majority of the voters among the members last
 * agreed on. Any two such sets share a node, so there can't be two histories. While members change,
 * both memberships have to be asked.
 *
 * @param halfWithFirst whether exactly half the members is enough too, if the one with the least
 *     node id is among them. It lets a swarm of two go on when that one is left; any two sets still
 *     share a node
 */
public record Quorum(boolean halfWithFirst) {

  /** Whether these nodes, members or not, may decide; not if there are no members. */
  public boolean isMet(Collection<String> nodes, Collection<String> members) {
    if (members.isEmpty()) {
      return false;
    }
    SortedSet<String> present = new TreeSet<>(members);
    String first = present.first();
    present.retainAll(nodes);
    int twice = 2 * present.size();
    return twice > members.size()
        || (halfWithFirst && twice == members.size() && present.contains(first));
  }
}
