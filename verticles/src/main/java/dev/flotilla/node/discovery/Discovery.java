package dev.flotilla.node.discovery;

import dev.flotilla.node.discovery.Candidate.Source;
import dev.flotilla.tokens.PeerAddress;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.time.InstantSource;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs all sources and keeps what they find: a set of candidates that is bounded, so that no
 * stranger can fill it, and that forgets what no source has reported for a while.
 *
 * <p>Every source has a share of its own: who floods one of them pushes nobody out of another.
 * Thread-safe.
 */
public final class Discovery implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Discovery.class);

  /** How many candidates of one source are kept. */
  public static final int MAX_CANDIDATES_PER_SOURCE = 128;

  /** How long a candidate is kept after it was last reported. */
  public static final long KEEP_MILLIS = 15 * 60_000;

  private final List<PeerSource> sources;
  private final InstantSource clock;
  private final Consumer<Candidate> listener;
  private final Map<Candidate, Long> lastSeenMillis = new HashMap<>();
  private final Set<Source> full = EnumSet.noneOf(Source.class);

  /**
   * Discovery by the sources given.
   *
   * @param sources that are switched on
   * @param listener told once about each candidate that is new, on the thread that found it
   */
  public Discovery(List<PeerSource> sources, Consumer<Candidate> listener) {
    this(sources, listener, InstantSource.system());
  }

  Discovery(List<PeerSource> sources, Consumer<Candidate> listener, InstantSource clock) {
    this.sources = List.copyOf(sources);
    this.listener = listener;
    this.clock = clock;
  }

  /**
   * Starts all sources. Called once.
   *
   * @param own where this node accepts members, as {@link PeerSource#start} takes it
   */
  public void start(PeerAddress own) {
    for (PeerSource source : sources) {
      source.start(own, candidate -> offer(own, candidate));
    }
  }

  private void offer(PeerAddress own, Candidate candidate) {
    if (isOwn(own, candidate)) {
      return;
    }
    if (isNew(candidate)) {
      log.info("{} found {}", candidate.source().label(), candidate.address());
      listener.accept(candidate);
    }
  }

  private synchronized boolean isNew(Candidate candidate) {
    long now = clock.millis();
    if (lastSeenMillis.replace(candidate, now) != null) {
      return false;
    }
    forget(now);
    Source source = candidate.source();
    long held = lastSeenMillis.keySet().stream().filter(each -> each.source() == source).count();
    if (held >= MAX_CANDIDATES_PER_SOURCE) {
      if (full.add(source)) {
        log.warn(
            "{} found more than {} addresses; further ones are ignored",
            source.label(),
            MAX_CANDIDATES_PER_SOURCE);
      }
      return false;
    }
    full.remove(source);
    lastSeenMillis.put(candidate, now);
    return true;
  }

  private void forget(long now) {
    lastSeenMillis.values().removeIf(seen -> now - seen > KEEP_MILLIS);
  }

  /** What is known now, without repetition, the most promising first. */
  public synchronized List<PeerAddress> candidates() {
    forget(clock.millis());
    return lastSeenMillis.keySet().stream()
        .sorted(Comparator.comparing(Candidate::source).thenComparing(Candidate::toString))
        .map(Candidate::address)
        .distinct()
        .toList();
  }

  /** Everything known now, with who found it. */
  public synchronized List<Candidate> found() {
    forget(clock.millis());
    return lastSeenMillis.keySet().stream()
        .sorted(Comparator.comparing(Candidate::source).thenComparing(Candidate::toString))
        .toList();
  }

  /** Whether any source could find peers. May read files. */
  public boolean mayFind() {
    return sources.stream().anyMatch(PeerSource::mayFind);
  }

  private static boolean isOwn(PeerAddress own, Candidate candidate) {
    if (candidate.port() != own.port()) {
      return false;
    }
    if (candidate.host().equals(own.host())) {
      return true;
    }
    InetAddress address = candidate.address().literal().orElseThrow();
    try {
      // A neighbour on this machine has another port, or is bound to another of its addresses.
      return own.literal().map(InetAddress::isAnyLocalAddress).orElse(false)
          && NetworkInterface.getByInetAddress(address) != null;
    } catch (SocketException unknown) {
      return false;
    }
  }

  /** Stops all sources. */
  @Override
  public void close() {
    sources.forEach(PeerSource::close);
  }
}
