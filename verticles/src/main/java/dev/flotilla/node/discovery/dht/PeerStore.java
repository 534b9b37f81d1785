package dev.flotilla.node.discovery.dht;

import java.net.InetSocketAddress;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What other nodes have announced here. Bounded; the oldest goes first, and everything after
 * {@value #KEEP_MILLIS} ms. Thread-safe.
 */
final class PeerStore {
  static final int MAX_KEYS = 1_000;
  static final int MAX_PEERS_PER_KEY = 64;
  static final long KEEP_MILLIS = 40 * 60_000;

  private final InstantSource clock;
  private final Map<Key, Map<InetSocketAddress, Long>> peers = new LinkedHashMap<>();

  PeerStore(InstantSource clock) {
    this.clock = clock;
  }

  synchronized void add(Key key, InetSocketAddress peer) {
    // The key goes to the end: what is announced no more is what a full store drops.
    Map<InetSocketAddress, Long> holders = peers.remove(key);
    if (holders == null) {
      holders = new LinkedHashMap<>();
    }
    peers.put(key, holders);
    dropOldest(peers, MAX_KEYS);
    holders.remove(peer);
    holders.put(peer, clock.millis());
    dropOldest(holders, MAX_PEERS_PER_KEY);
  }

  synchronized List<InetSocketAddress> get(Key key) {
    Map<InetSocketAddress, Long> holders = peers.get(key);
    if (holders == null) {
      return List.of();
    }
    long now = clock.millis();
    holders.values().removeIf(announced -> now - announced > KEEP_MILLIS);
    if (holders.isEmpty()) {
      peers.remove(key);
    }
    return List.copyOf(holders.keySet());
  }

  private static <K> void dropOldest(Map<K, ?> map, int limit) {
    while (map.size() > limit) {
      map.remove(map.keySet().iterator().next());
    }
  }
}
