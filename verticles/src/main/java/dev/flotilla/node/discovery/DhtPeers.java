package dev.flotilla.node.discovery;

import dev.flotilla.node.discovery.dht.DhtNode;
import dev.flotilla.node.discovery.dht.Key;
import dev.flotilla.tokens.PeerAddress;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Peers anywhere, by a rendezvous in the Mainline DHT: every node announces its cluster port under
 * a key that changes with the day and that only the swarm can compute.
 */
public final class DhtPeers implements PeerSource {
  private static final Logger log = LoggerFactory.getLogger(DhtPeers.class);

  /** Well-known nodes of the public DHT to begin with. */
  public static final List<PeerAddress> PUBLIC_BOOTSTRAP =
      List.of(
          new PeerAddress("router.bittorrent.com", 6881),
          new PeerAddress("dht.transmissionbt.com", 6881),
          new PeerAddress("router.utorrent.com", 6881));

  /** Clocks differ: around midnight both days' keys are used. */
  static final Duration MIDNIGHT_MARGIN = Duration.ofHours(1);

  private static final long TICK_MILLIS = 250;

  /** Machines that are switched on together: whom the others begin with may not be there yet. */
  private static final long HASTY_FOR_MILLIS = 10_000;

  private static final long HASTY_EVERY_MILLIS = 500;
  private static final long EAGER_FOR_MILLIS = 60_000;
  private static final long EAGER_EVERY_MILLIS = 3_000;
  private static final long CALM_EVERY_MILLIS = 5 * 60_000;

  private final RendezvousKeys keys;
  private final InetSocketAddress bind;
  private final List<PeerAddress> bootstrap;
  private final Clock clock;
  private @Nullable Repeating meeting;
  private @Nullable DhtNode node;
  private boolean closed;
  private boolean hasFailed;

  // Used by the meeting thread alone.
  private long startedNanos;
  private long dueNanos;

  /**
   * A rendezvous.
   *
   * @param bind where to receive UDP; port 0 picks a free one
   * @param bootstrap nodes of the DHT to begin with: {@link #PUBLIC_BOOTSTRAP}, or those of a
   *     private DHT; none for the first node of a private one
   */
  public DhtPeers(RendezvousKeys keys, InetSocketAddress bind, List<PeerAddress> bootstrap) {
    this(keys, bind, bootstrap, Clock.systemUTC());
  }

  DhtPeers(RendezvousKeys keys, InetSocketAddress bind, List<PeerAddress> bootstrap, Clock clock) {
    this.keys = keys;
    this.bind = bind;
    this.bootstrap = List.copyOf(bootstrap);
    this.clock = clock;
  }

  @Override
  public Candidate.Source source() {
    return Candidate.Source.DHT;
  }

  @Override
  public synchronized void start(PeerAddress own, Consumer<Candidate> listener) {
    startedNanos = System.nanoTime();
    dueNanos = startedNanos;
    meeting = Repeating.start("discovery-dht", TICK_MILLIS, () -> meetIfDue(own, listener));
  }

  private void meetIfDue(PeerAddress own, Consumer<Candidate> listener) {
    if (System.nanoTime() - dueNanos < 0) {
      return;
    }
    DhtNode open = open(listener);
    if (open == null) {
      return;
    }
    List<InetSocketAddress> known = bootstrap.stream().flatMap(DhtPeers::resolve).toList();
    Set<InetSocketAddress> found = new HashSet<>();
    for (LocalDate day : days(clock.instant())) {
      Key key = Key.of(keys.dhtKey().apply(day));
      found.addAll(open.meet(key, own.port(), known));
    }
    found.forEach(peer -> offer(peer, listener));
    long now = System.nanoTime();
    long sinceMillis = TimeUnit.NANOSECONDS.toMillis(now - startedNanos);
    dueNanos = now + TimeUnit.MILLISECONDS.toNanos(pauseMillis(sinceMillis, found.size()));
  }

  /**
   * How long to wait before peers are asked for again.
   *
   * @param sinceMillis the start
   * @param found addresses that were found, one of which may be this node's own
   */
  static long pauseMillis(long sinceMillis, int found) {
    if (found < 2 && sinceMillis < HASTY_FOR_MILLIS) {
      return HASTY_EVERY_MILLIS;
    }
    return sinceMillis < EAGER_FOR_MILLIS ? EAGER_EVERY_MILLIS : CALM_EVERY_MILLIS;
  }

  private synchronized @Nullable DhtNode open(Consumer<Candidate> listener) {
    if (node == null && !closed) {
      try {
        node = DhtNode.open(bind, (key, peer) -> announced(key, peer, listener));
        log.info("DHT node listens on UDP port {}", node.localAddress().getPort());
      } catch (IOException problem) {
        if (!hasFailed) {
          hasFailed = true;
          log.warn("no DHT on {}: {}", bind, problem.toString());
        }
      }
    }
    return node;
  }

  /** Of all that strangers announce at this node, what is under our own key. */
  private void announced(Key key, InetSocketAddress peer, Consumer<Candidate> listener) {
    if (days(clock.instant()).stream()
        .anyMatch(day -> Key.of(keys.dhtKey().apply(day)).equals(key))) {
      offer(peer, listener);
    }
  }

  private void offer(InetSocketAddress peer, Consumer<Candidate> listener) {
    try {
      listener.accept(Candidate.of(peer.getAddress(), peer.getPort(), source()));
    } catch (IllegalArgumentException nonsense) {
      log.trace("{} was announced, but is no machine's", peer, nonsense);
    }
  }

  /** The days whose keys are used at a time: the day itself, near midnight its neighbour too. */
  static List<LocalDate> days(Instant now) {
    return Stream.of(now, now.minus(MIDNIGHT_MARGIN), now.plus(MIDNIGHT_MARGIN))
        .map(instant -> LocalDate.ofInstant(instant, ZoneOffset.UTC))
        .distinct()
        .toList();
  }

  private static Stream<InetSocketAddress> resolve(PeerAddress peer) {
    try {
      return Arrays.stream(InetAddress.getAllByName(peer.host()))
          .limit(StaticPeers.MAX_ADDRESSES_PER_NAME)
          .map(address -> new InetSocketAddress(address, peer.port()));
    } catch (UnknownHostException unknown) {
      log.debug("bootstrap node {} has no address", peer);
      return Stream.empty();
    }
  }

  /** The UDP port it listens on; empty before it does. */
  synchronized OptionalInt port() throws IOException {
    return node == null ? OptionalInt.empty() : OptionalInt.of(node.localAddress().getPort());
  }

  @Override
  public synchronized void close() {
    closed = true;
    if (meeting != null) {
      meeting.close();
    }
    if (node != null) {
      try {
        node.close();
      } catch (IOException problem) {
        log.debug("the DHT's socket did not close", problem);
      }
    }
  }
}
