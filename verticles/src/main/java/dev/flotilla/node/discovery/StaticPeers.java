package dev.flotilla.node.discovery;

import dev.flotilla.tokens.PeerAddress;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Peers that the user named. Names are resolved again and again, since machines move and containers
 * get names before addresses.
 */
public final class StaticPeers implements PeerSource {
  private static final Logger log = LoggerFactory.getLogger(StaticPeers.class);

  private static final long RESOLVE_EVERY_MILLIS = 15_000;

  /** One name stands for so many machines at most. */
  static final int MAX_ADDRESSES_PER_NAME = 16;

  private final List<PeerAddress> peers;
  private final Resolver resolver;
  private final long pauseMillis;
  private final Set<String> unresolved = new HashSet<>();
  private @Nullable Repeating resolving;

  /** Finds the addresses of a name. */
  @FunctionalInterface
  interface Resolver {
    List<InetAddress> resolve(String host) throws UnknownHostException;
  }

  /** Peers by the names and addresses given. */
  public StaticPeers(List<PeerAddress> peers) {
    this(peers, host -> Arrays.asList(InetAddress.getAllByName(host)), RESOLVE_EVERY_MILLIS);
  }

  StaticPeers(List<PeerAddress> peers, Resolver resolver, long pauseMillis) {
    this.peers = List.copyOf(peers);
    this.resolver = resolver;
    this.pauseMillis = pauseMillis;
  }

  @Override
  public Candidate.Source source() {
    return Candidate.Source.STATIC;
  }

  @Override
  public synchronized void start(PeerAddress own, Consumer<Candidate> listener) {
    resolving =
        Repeating.start(
            "discovery-static",
            pauseMillis,
            () -> peers.forEach(peer -> resolve(peer).forEach(listener)));
  }

  @Override
  public boolean mayFind() {
    return !peers.isEmpty();
  }

  private List<Candidate> resolve(PeerAddress peer) {
    try {
      List<Candidate> found =
          resolver.resolve(peer.host()).stream()
              .limit(MAX_ADDRESSES_PER_NAME)
              .map(address -> Candidate.of(address, peer.port(), source()))
              .toList();
      unresolved.remove(peer.host());
      return found;
    } catch (UnknownHostException | IllegalArgumentException problem) {
      // Said once, not at every try.
      if (unresolved.add(peer.host())) {
        log.warn("peer {} can't be used yet: {}", peer, problem.toString());
      }
      return List.of();
    }
  }

  @Override
  public synchronized void close() {
    if (resolving != null) {
      resolving.close();
    }
  }
}
