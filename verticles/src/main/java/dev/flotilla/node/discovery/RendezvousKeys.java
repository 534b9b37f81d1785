package dev.flotilla.node.discovery;

import java.time.LocalDate;
import java.util.function.Function;

/**
 * What nodes of one swarm recognise each other by, derived from what they share. None of it tells a
 * stranger the swarm's id or secret.
 *
 * @param mdnsHash of the swarm's id, at least 16 bytes; the same for as long as the swarm exists
 * @param dhtKey of the swarm on a day (UTC), at least 20 bytes that only its nodes can compute
 */
public record RendezvousKeys(byte[] mdnsHash, Function<LocalDate, byte[]> dhtKey) {

  static final int MIN_MDNS_HASH_BYTES = 16;

  public RendezvousKeys {
    if (mdnsHash.length < MIN_MDNS_HASH_BYTES) {
      throw new IllegalArgumentException("a hash of %d bytes".formatted(mdnsHash.length));
    }
    mdnsHash = mdnsHash.clone();
  }

  @Override
  public byte[] mdnsHash() {
    return mdnsHash.clone();
  }
}
