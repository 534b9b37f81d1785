package dev.flotilla.federation;

import dev.flotilla.sharding.SessionOwner;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * Whether sessions that belong together go to one replica. Which one follows from their key and the
 * replicas that are there (rendezvous hashing: Thaler and Ravishankar, 1998), so that all gateways
 * agree without a word, and a replica that comes or goes moves only those keys that it has.
 */
public enum Stickiness {
  /** They do not. */
  OFF,
  /** Those of one conversation, where the client names it. */
  CONVERSATION,
  /** The same, and else those of one user, where the client names one. */
  USER;

  /** Sessions for each slot beyond which a replica is no longer stuck to. */
  private static final double MOST_PER_SLOT = 2;

  /** What the sessions that go together have in common; empty for one that goes anywhere. */
  Optional<String> key(SessionOwner owner) {
    return switch (this) {
      case OFF -> Optional.empty();
      case CONVERSATION -> owner.conversation();
      case USER -> owner.conversation().or(owner::user);
    };
  }

  /**
   * The order of a policy, but for the key's own replica, which comes first unless it is so busy
   * that the session would wait long: then the policy's order stands.
   */
  static List<Replica> rank(List<Replica> ranked, String key) {
    Optional<Replica> home =
        ranked.stream().max(Comparator.comparingLong(replica -> weight(replica.nodeId(), key)));
    if (home.isEmpty()
        || home.get().load().sessions() >= MOST_PER_SLOT * home.get().announcement().slots()) {
      return ranked;
    }
    List<Replica> order = new ArrayList<>(ranked);
    order.remove(home.get());
    order.addFirst(home.get());
    return order;
  }

  /** A hash of both: FNV-1a, finished as SplitMix64 does. */
  private static long weight(String nodeId, String key) {
    long hash = 0xcbf29ce484222325L;
    for (byte each : (nodeId + '\n' + key).getBytes(StandardCharsets.UTF_8)) {
      hash = (hash ^ (each & 0xff)) * 0x100000001b3L;
    }
    hash = (hash ^ (hash >>> 30)) * 0xbf58476d1ce4e5b9L;
    hash = (hash ^ (hash >>> 27)) * 0x94d049bb133111ebL;
    return hash ^ (hash >>> 31);
  }
}
