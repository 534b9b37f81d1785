package dev.flotilla.node.discovery;

import dev.flotilla.tokens.PeerAddress;
import java.io.IOException;
import java.net.InetAddress;
import java.net.SocketException;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Peers on the local network, by multicast DNS service discovery (RFC 6762, RFC 6763). Speaks on
 * several network cards and follows them as they come and go. What is announced of the swarm is a
 * hash of its id.
 */
public final class MdnsPeers implements PeerSource {
  private static final Logger log = LoggerFactory.getLogger(MdnsPeers.class);

  private static final long LOOK_EVERY_MILLIS = 5_000;
  private static final int INSTANCE_BYTES = 8;
  private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(5);

  private final String swarmPrefix;
  private final String instance;
  private final long pauseMillis;
  private final Map<InetAddress, MdnsResponder> responders = new HashMap<>();
  private final Set<InetAddress> failed = new HashSet<>();
  private @Nullable Repeating looking;
  private boolean closed;

  /**
   * Peers of a swarm.
   *
   * @param keys of the swarm
   */
  public MdnsPeers(RendezvousKeys keys) {
    this(keys, LOOK_EVERY_MILLIS);
  }

  MdnsPeers(RendezvousKeys keys, long pauseMillis) {
    HexFormat hex = HexFormat.of();
    this.swarmPrefix = hex.formatHex(keys.mdnsHash(), 0, RendezvousKeys.MIN_MDNS_HASH_BYTES) + "-";
    byte[] random = new byte[INSTANCE_BYTES];
    new SecureRandom().nextBytes(random);
    this.instance = hex.formatHex(random);
    this.pauseMillis = pauseMillis;
  }

  @Override
  public Candidate.Source source() {
    return Candidate.Source.MDNS;
  }

  @Override
  public synchronized void start(PeerAddress own, Consumer<Candidate> listener) {
    looking = Repeating.start("discovery-mdns", pauseMillis, () -> follow(own, listener));
  }

  private synchronized void follow(PeerAddress own, Consumer<Candidate> listener) {
    if (closed) {
      return;
    }
    List<InetAddress> wanted = wanted(own);
    for (InetAddress address : List.copyOf(responders.keySet())) {
      MdnsResponder responder = responders.get(address);
      if (responder != null && (!wanted.contains(address) || responder.isFlooded())) {
        log.info(
            "mDNS leaves {}: {}",
            address.getHostAddress(),
            responder.isFlooded() ? "flooded, starts anew" : "the address is gone");
        responders.remove(address);
        closeAside(responder);
      }
    }
    failed.retainAll(wanted);
    wanted.stream()
        .filter(address -> !responders.containsKey(address))
        .forEach(address -> open(address, own, listener));
    responders.values().forEach(MdnsResponder::look);
  }

  private static List<InetAddress> wanted(PeerAddress own) {
    InetAddress bound = own.literal().orElse(InetAddress.ofLiteral("0.0.0.0"));
    try {
      return MdnsAddresses.choose(bound, MdnsAddresses.cards());
    } catch (SocketException problem) {
      log.warn("the network cards can't be listed: {}", problem.toString());
      return List.of();
    }
  }

  private void open(InetAddress address, PeerAddress own, Consumer<Candidate> listener) {
    try {
      responders.put(address, MdnsResponder.open(address, own, swarmPrefix, instance, listener));
      failed.remove(address);
      log.info("mDNS announces this node on {}", address.getHostAddress());
    } catch (IOException problem) {
      if (failed.add(address)) {
        log.warn("no mDNS on {}: {}", address.getHostAddress(), problem.toString());
      }
    }
  }

  /** The addresses that mDNS is spoken on now. */
  synchronized Set<InetAddress> addresses() {
    return Set.copyOf(responders.keySet());
  }

  private static Thread closeAside(MdnsResponder responder) {
    return Thread.ofVirtual()
        .name("discovery-mdns-close")
        .start(() -> {
          try {
            responder.close();
          } catch (IOException problem) {
            log.debug("mDNS did not close cleanly", problem);
          }
        });
  }

  /** Says goodbye on all cards at once, so that others forget this node; waits for it. */
  @Override
  public void close() {
    List<Thread> closing = new ArrayList<>();
    synchronized (this) {
      closed = true;
      if (looking != null) {
        looking.close();
      }
      responders.values().forEach(responder -> closing.add(closeAside(responder)));
      responders.clear();
    }
    for (Thread thread : closing) {
      try {
        thread.join(CLOSE_TIMEOUT);
      } catch (InterruptedException hurry) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
