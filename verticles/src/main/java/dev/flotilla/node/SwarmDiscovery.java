package dev.flotilla.node;

import dev.flotilla.node.auth.Credentials;
import dev.flotilla.node.cluster.Rendezvous;
import dev.flotilla.node.discovery.Candidate;
import dev.flotilla.node.discovery.DhtPeers;
import dev.flotilla.node.discovery.Discovery;
import dev.flotilla.node.discovery.MdnsPeers;
import dev.flotilla.node.discovery.PeerSource;
import dev.flotilla.node.discovery.RememberedPeers;
import dev.flotilla.node.discovery.RendezvousKeys;
import dev.flotilla.node.discovery.StaticPeers;
import dev.flotilla.tokens.PeerAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;

/** The sources of peers that a node's options ask for, as the cluster wants them. */
final class SwarmDiscovery implements Rendezvous, AutoCloseable {
  /** Remembered peers may be off, and the DHT remembers too. */
  private static final Set<Candidate.Source> EXPECTED =
      Set.of(Candidate.Source.STATIC, Candidate.Source.MDNS);

  private final SwarmOptions options;
  private final Credentials credentials;
  private final RememberedPeers remembered;
  private volatile Discovery discovery;
  private boolean announced;

  /**
   * Sources that are silent until {@link #announce}.
   *
   * @param memory the file of remembered peers
   */
  SwarmDiscovery(SwarmOptions options, Path memory, Credentials credentials) {
    this.options = options;
    this.credentials = credentials;
    this.remembered = new RememberedPeers(memory);
    this.discovery = silent();
  }

  private Discovery silent() {
    return new Discovery(sources(), _ -> {});
  }

  private List<PeerSource> sources() {
    List<PeerAddress> named = new ArrayList<>(options.peers());
    credentials.token().ifPresent(token -> named.addAll(token.peers()));
    List<PeerSource> sources = new ArrayList<>(List.of(new StaticPeers(named), remembered));
    RendezvousKeys keys = keys();
    if (options.mdns()) {
      sources.add(new MdnsPeers(keys));
    }
    if (options.dht() && credentials.token().isPresent()) {
      InetSocketAddress own = new InetSocketAddress(options.bindHost(), options.dhtPort());
      sources.add(new DhtPeers(keys, own, options.dhtBootstrap()));
    }
    return sources;
  }

  private RendezvousKeys keys() {
    return new RendezvousKeys(
        HexFormat.of().parseHex(credentials.trust().swarm().announced()),
        day ->
            credentials
                .token()
                .map(token -> token.secret().rendezvous(day))
                .orElseThrow(() -> new IllegalStateException("invited nodes use no DHT")));
  }

  /** What was announced before is taken back. */
  @Override
  public synchronized void announce(PeerAddress own) {
    if (announced) {
      discovery.close();
      discovery = silent();
    }
    announced = true;
    discovery.start(own);
  }

  @Override
  public Collection<PeerAddress> candidates() {
    return discovery.candidates();
  }

  @Override
  public boolean mayFind() {
    return discovery.mayFind();
  }

  /** Where machines were seen lately, or where the user says that they are. */
  List<PeerAddress> expected() {
    return discovery.found().stream()
        .filter(candidate -> EXPECTED.contains(candidate.source()))
        .map(Candidate::address)
        .distinct()
        .toList();
  }

  /** Keeps where members are, for the next start. Writes a file. */
  void remember(List<PeerAddress> members) {
    remembered.remember(members);
  }

  @Override
  public synchronized void close() {
    discovery.close();
  }
}
