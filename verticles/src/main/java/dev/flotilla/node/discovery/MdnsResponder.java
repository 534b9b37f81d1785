package dev.flotilla.node.discovery;

import dev.flotilla.tokens.PeerAddress;
import java.io.IOException;
import java.net.InetAddress;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.stream.Stream;
import javax.jmdns.JmDNS;
import javax.jmdns.ServiceEvent;
import javax.jmdns.ServiceInfo;
import javax.jmdns.ServiceListener;
import javax.jmdns.impl.DNSOutgoing;
import javax.jmdns.impl.DNSRecord;
import javax.jmdns.impl.JmDNSImpl;
import javax.jmdns.impl.ServiceInfoImpl;
import javax.jmdns.impl.constants.DNSConstants;
import javax.jmdns.impl.constants.DNSRecordClass;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Announces this node on one address of the machine and hears the announcements of others there.
 *
 * <p>JmDNS probes for four seconds whether a name is free before it first announces it (RFC 6762,
 * section 8.1), and answers nobody until then. Instance names here are random, so the first
 * announcements are sent at once, and whoever is new hears of this node by one more.
 */
final class MdnsResponder implements ServiceListener, AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(MdnsResponder.class);

  static final String SERVICE_TYPE = "_flotilla._tcp.local.";

  private static final String VERSION_KEY = "v";
  private static final String VERSION = "1";

  /** Present in an announcement if the node is not where the announcement came from. */
  private static final String ADDRESS_KEY = "a";

  /** More services of one swarm than this on one network are ignored. */
  static final int MAX_SERVICES = Discovery.MAX_CANDIDATES_PER_SOURCE;

  /** More records than this are no local network's, but somebody's flood. */
  static final int MAX_CACHED_NAMES = 4_096;

  private static final int MAX_ADDRESSES_PER_SERVICE = 4;
  private static final Duration SECOND_ANNOUNCEMENT = Duration.ofSeconds(1);

  private final JmDNSImpl mdns;
  private final ServiceInfo service;
  private final String swarmPrefix;
  private final Consumer<Candidate> listener;
  private final MdnsCache heard;
  private final Set<String> found = ConcurrentHashMap.newKeySet();

  private MdnsResponder(
      JmDNSImpl mdns, ServiceInfo service, String swarmPrefix, Consumer<Candidate> listener) {
    this.mdns = mdns;
    this.heard = new MdnsCache(mdns.getCache(), SERVICE_TYPE);
    this.service = service;
    this.swarmPrefix = swarmPrefix;
    this.listener = listener;
  }

  /**
   * Starts on an address. Blocks for less than a second.
   *
   * @param address of this machine
   * @param own where this node accepts members; a wildcard for {@code address} itself
   * @param swarmPrefix what the instance names of the swarm begin with
   * @param instance the rest of this node's instance name, not used by any other
   */
  static MdnsResponder open(
      InetAddress address,
      PeerAddress own,
      String swarmPrefix,
      String instance,
      Consumer<Candidate> listener)
      throws IOException {
    Map<String, String> text =
        isAt(own, address)
            ? Map.of(VERSION_KEY, VERSION)
            : Map.of(VERSION_KEY, VERSION, ADDRESS_KEY, own.host());
    ServiceInfo service =
        ServiceInfo.create(SERVICE_TYPE, swarmPrefix + instance, own.port(), 0, 0, text);
    JmDNSImpl mdns = (JmDNSImpl) JmDNS.create(address, "flotilla-" + instance);
    try {
      return start(mdns, service, swarmPrefix, listener);
    } catch (IOException | RuntimeException failure) {
      mdns.close();
      throw failure;
    }
  }

  /** Starts with a JmDNS that hears already; the responder owns it from its return on. */
  static MdnsResponder start(
      JmDNSImpl mdns, ServiceInfo service, String swarmPrefix, Consumer<Candidate> listener)
      throws IOException {
    MdnsResponder responder = new MdnsResponder(mdns, service, swarmPrefix, listener);
    mdns.addServiceListener(SERVICE_TYPE, responder);
    mdns.registerService(service);
    responder.announceTwice();
    return responder;
  }

  private static boolean isAt(PeerAddress own, InetAddress address) {
    return own.literal()
        .map(literal -> literal.isAnyLocalAddress() || literal.equals(address))
        .orElse(true);
  }

  private void announceTwice() throws IOException {
    announce();
    Thread.ofVirtual()
        .name("discovery-mdns-announce")
        .start(() -> {
          try {
            Thread.sleep(SECOND_ANNOUNCEMENT);
            announce();
            look();
          } catch (IOException | InterruptedException closed) {
            Thread.currentThread().interrupt();
          }
        });
  }

  private void announce() throws IOException {
    DNSOutgoing out = new DNSOutgoing(DNSConstants.FLAGS_QR_RESPONSE | DNSConstants.FLAGS_AA);
    for (DNSRecord record :
        ((ServiceInfoImpl) service)
            .answers(
                DNSRecordClass.CLASS_ANY,
                DNSRecordClass.UNIQUE,
                DNSConstants.DNS_TTL,
                mdns.getLocalHost())) {
      out.addAnswer(record, 0);
    }
    for (DNSRecord record :
        mdns.getLocalHost()
            .answers(DNSRecordClass.CLASS_ANY, DNSRecordClass.UNIQUE, DNSConstants.DNS_TTL)) {
      out.addAnswer(record, 0);
    }
    mdns.send(out);
  }

  /** Whether strangers have made it hold so much that it should be closed and opened again. */
  boolean isFlooded() {
    return mdns.getCache().size() > MAX_CACHED_NAMES;
  }

  /** Tells the listener about everything that is there, also what no event has told of. */
  void look() {
    List<String> names = heard.names();
    found.retainAll(names);
    names.forEach(this::hear);
  }

  @Override
  public void serviceAdded(ServiceEvent event) {
    hear(event.getName());
  }

  @Override
  public void serviceResolved(ServiceEvent event) {
    hear(event.getName());
  }

  private void hear(String name) {
    if (!isPeer(name) || !isRoomFor(name)) {
      return;
    }
    List<Candidate> candidates =
        heard.service(name).map(MdnsResponder::candidates).orElse(List.of());
    if (!candidates.isEmpty()) {
      boolean isNew = found.add(name);
      candidates.forEach(listener);
      if (isNew && !((ServiceInfoImpl) service).isAnnounced()) {
        announceToNewcomer();
      }
    }
  }

  /** What was announced before it listened it has missed, and its question is not answered yet. */
  private void announceToNewcomer() {
    try {
      announce();
    } catch (IOException problem) {
      log.debug("a newcomer was not told of this node", problem);
    }
  }

  @Override
  public void serviceRemoved(ServiceEvent event) {
    found.remove(event.getName());
  }

  private boolean isPeer(String instance) {
    return instance.startsWith(swarmPrefix) && !instance.equals(service.getName());
  }

  private boolean isRoomFor(String instance) {
    return found.size() < MAX_SERVICES || found.contains(instance);
  }

  private static List<Candidate> candidates(MdnsCache.Service service) {
    if (!VERSION.equals(service.text().getPropertyString(VERSION_KEY))) {
      return List.of();
    }
    String elsewhere = service.text().getPropertyString(ADDRESS_KEY);
    Stream<InetAddress> addresses =
        elsewhere == null
            ? service.addresses().stream().limit(MAX_ADDRESSES_PER_SERVICE)
            : PeerAddress.literal(elsewhere).stream();
    return addresses.flatMap(address -> candidate(address, service.port()).stream()).toList();
  }

  private static Optional<Candidate> candidate(InetAddress address, int port) {
    try {
      return Optional.of(Candidate.of(address, port, Candidate.Source.MDNS));
    } catch (IllegalArgumentException nonsense) {
      return Optional.empty();
    }
  }

  /** Says goodbye, which takes JmDNS about two seconds. */
  @Override
  public void close() throws IOException {
    mdns.removeServiceListener(SERVICE_TYPE, this);
    mdns.close();
  }
}
