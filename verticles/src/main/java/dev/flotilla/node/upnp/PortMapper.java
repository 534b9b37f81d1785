package dev.flotilla.node.upnp;

import dev.flotilla.node.discovery.Repeating;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.http.HttpClient;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps ports of the network's router mapped to this machine as long as it is open, wherever the
 * machine goes, and says in the log what is mapped, or why not; each thing once.
 */
public final class PortMapper implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(PortMapper.class);

  /** Mappings of a machine that went without a word end by themselves. */
  private static final int LEASE_SECONDS = 3_600;

  private static final long LOOK_EVERY_MILLIS = 2_000;
  private static final long RENEW_SECONDS = 1_200;
  private static final long RETRY_SECONDS = 300;
  private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(5);

  private final Supplier<Optional<InetAddress>> own;
  private final List<PortMapping> wanted;
  private final HttpClient http =
      HttpClient.newBuilder()
          .version(HttpClient.Version.HTTP_1_1)
          .followRedirects(HttpClient.Redirect.NEVER)
          .connectTimeout(Duration.ofSeconds(3))
          .build();
  private final GatewaySearch search;
  private final Set<PortMapping> held = new LinkedHashSet<>();
  private final Repeating looking;
  private @Nullable Gateway gateway;
  private @Nullable InetAddress mappedTo;
  private long dueNanos = System.nanoTime();
  private Set<String> said = Set.of();
  private volatile boolean closed;

  private PortMapper(
      Supplier<Optional<InetAddress>> own, List<PortMapping> wanted, InetSocketAddress devices) {
    this.own = own;
    this.wanted = List.copyOf(wanted);
    this.search = new GatewaySearch(http, devices);
    this.looking = Repeating.start("port-mapper", LOOK_EVERY_MILLIS, this::look);
  }

  /**
   * Begins; does not wait.
   *
   * @param own this machine's address on the local network now, if it has one; asked every few
   *     seconds
   */
  public static PortMapper start(Supplier<Optional<InetAddress>> own, List<PortMapping> wanted) {
    return start(own, wanted, GatewaySearch.SSDP);
  }

  static PortMapper start(
      Supplier<Optional<InetAddress>> own, List<PortMapping> wanted, InetSocketAddress devices) {
    return new PortMapper(own, wanted, devices);
  }

  private synchronized void look() {
    Optional<InetAddress> inside = own.get();
    boolean isDue =
        System.nanoTime() - dueNanos >= 0 || !inside.equals(Optional.ofNullable(mappedTo));
    if (closed || inside.isEmpty() || !isDue) {
      return;
    }
    try {
      mappedTo = inside.get();
      boolean all = map(inside.get());
      dueNanos = System.nanoTime() + TimeUnit.SECONDS.toNanos(all ? RENEW_SECONDS : RETRY_SECONDS);
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }

  private boolean map(InetAddress inside) throws InterruptedException {
    try {
      Optional<Gateway> found = search.find(inside);
      if (found.isEmpty()) {
        say(List.of("no router on the network of " + inside.getHostAddress() + " maps ports"));
        return false;
      }
      gateway = found.get();
      return mapAt(found.get(), inside.getHostAddress());
    } catch (IOException e) {
      say(List.of("no router can be looked for: " + e.getMessage()));
      return false;
    }
  }

  private boolean mapAt(Gateway router, String inside) throws InterruptedException {
    List<String> news = new ArrayList<>();
    for (PortMapping mapping : wanted) {
      try {
        add(router, mapping, inside);
        held.add(mapping);
      } catch (UpnpException | IOException e) {
        held.remove(mapping);
        news.add("router %s does not map %s: %s".formatted(router.host(), mapping, e.getMessage()));
      }
    }
    boolean all = news.isEmpty();
    if (!held.isEmpty()) {
      news.add(
          "router %s lets %s through%s".formatted(router.host(), names(held), outside(router)));
    }
    say(news);
    return all;
  }

  private void add(Gateway router, PortMapping mapping, String inside)
      throws UpnpException, IOException, InterruptedException {
    try {
      router.add(mapping, inside, LEASE_SECONDS);
    } catch (UpnpException e) {
      switch (e.code().orElse(0)) {
        case UpnpException.ONLY_PERMANENT_LEASES -> router.add(mapping, inside, 0);
        case UpnpException.CONFLICT -> replace(router, mapping, inside, e);
        default -> throw e;
      }
    }
  }

  /** Where this machine was at another address before, it is in its own way. */
  private void replace(Gateway router, PortMapping mapping, String inside, UpnpException conflict)
      throws UpnpException, IOException, InterruptedException {
    if (!held.remove(mapping)) {
      throw conflict;
    }
    router.remove(mapping);
    add(router, mapping, inside);
  }

  private static String outside(Gateway router) throws InterruptedException {
    try {
      return router
          .externalAddress()
          .flatMap(PortMapper::literal)
          .map(address ->
              isPublic(address)
                  ? " at %s: nodes outside reach this one if it is started with --advertise %s"
                      .formatted(address.getHostAddress(), address.getHostAddress())
                  : " at %s, which is behind another router that knows nothing of it"
                      .formatted(address.getHostAddress()))
          .orElse("");
    } catch (UpnpException | IOException e) {
      log.debug("router {} does not know its address", router.host(), e);
      return "";
    }
  }

  private static Optional<InetAddress> literal(String text) {
    try {
      return Optional.of(InetAddress.ofLiteral(text));
    } catch (IllegalArgumentException nonsense) {
      return Optional.empty();
    }
  }

  /** Not of a private network (RFC 1918), nor of a provider's (RFC 6598). */
  static boolean isPublic(InetAddress address) {
    byte[] bytes = address.getAddress();
    boolean isShared = bytes.length == 4 && bytes[0] == 100 && (bytes[1] & 0xC0) == 64;
    return !(isShared
        || address.isSiteLocalAddress()
        || address.isLoopbackAddress()
        || address.isLinkLocalAddress()
        || address.isAnyLocalAddress());
  }

  private void say(List<String> news) {
    news.stream().filter(each -> !said.contains(each)).forEach(each -> log.info("UPnP: {}", each));
    said = Set.copyOf(news);
  }

  private static String names(Set<PortMapping> mappings) {
    return mappings.stream().map(PortMapping::toString).collect(Collectors.joining(", "));
  }

  /** Takes the mappings back; waits for it, but not for long. */
  @Override
  public void close() {
    // What is just being asked for is waited for: interrupted, nobody would know whether it is
    // mapped.
    closed = true;
    Thread removing = Thread.ofVirtual().name("port-mapper-close").start(this::removeAll);
    try {
      removing.join(CLOSE_TIMEOUT);
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
    looking.close();
    http.shutdownNow();
  }

  private synchronized void removeAll() {
    Gateway router = gateway;
    if (router == null) {
      return;
    }
    for (PortMapping mapping : List.copyOf(held)) {
      try {
        router.remove(mapping);
        held.remove(mapping);
      } catch (InterruptedException _) {
        Thread.currentThread().interrupt();
        return;
      } catch (UpnpException | IOException e) {
        log.info("UPnP: router {} keeps {}: {}", router.host(), mapping, e.getMessage());
      }
    }
    if (held.isEmpty()) {
      log.info("UPnP: router {} maps nothing to this machine any more", router.host());
    }
  }
}
