package dev.flotilla.node.cluster;

import dev.flotilla.tokens.PeerAddress;
import java.util.Collection;

/** Where members may be; whoever finds them. Calls come from a thread of Hazelcast's. */
public interface Rendezvous {

  /**
   * Makes this node's own cluster address known: before {@link #candidates} is asked, and again
   * when it has changed.
   */
  void announce(PeerAddress own);

  /** Cluster addresses where members may be: candidates only, what counts is the handshake. */
  Collection<PeerAddress> candidates();

  /** Whether candidates may come yet where there are none: else nobody need wait for them. */
  default boolean mayFind() {
    return true;
  }
}
