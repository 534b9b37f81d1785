package dev.flotilla.node;

import dev.flotilla.node.cluster.SwarmBus;
import dev.flotilla.node.cluster.TextCodec;
import dev.flotilla.node.cluster.Topic;
import dev.flotilla.node.federation.Neighbours;
import dev.flotilla.node.upstream.UpstreamDesk;
import dev.flotilla.node.upstream.UpstreamWay;
import dev.flotilla.node.upstream.Upstreams;
import dev.flotilla.tokens.NodeCertificate;
import dev.flotilla.tokens.Permission;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.RequestOptions;
import io.vertx.core.net.SocketAddress;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;

/**
 * Upstreams across a swarm: nodes say which they have, and gateways use those through them, at the
 * links' port. A gateway calls another node's upstream {@code UPSTREAM@NODE}. Keys of upstreams
 * stay where they were given. On its event loop.
 */
final class SwarmUpstreams extends VerticleBase {
  private static final long PERIOD_MILLIS = 1_000;

  /** Who does not repeat its upstreams for so long has none. */
  private static final long LIFETIME_NANOS = TimeUnit.SECONDS.toNanos(5);

  /** The most nodes with upstreams that a gateway knows of. */
  private static final int MAX_NODES = 1_024;

  private static final Pattern NAMES = Pattern.compile("([A-Za-z0-9._-]{1,32}\n){1,64}");

  /** Names of a node's upstreams, a line each. */
  private static final Topic<String> TOPIC =
      new Topic<>("flotilla.upstreams", Permission.HOST_STAGES, new TextCodec(4_096));

  private final SwarmBus bus;
  private final Neighbours neighbours;
  private final Upstreams upstreams;
  private final boolean lends;
  private final boolean gateway;
  private final Map<String, Heard> heard = new HashMap<>();

  /** What a node said last, and the names that its upstreams have here. */
  private record Heard(Set<String> added, long atNanos) {}

  /**
   * Upstreams that nobody was told of yet.
   *
   * @param lends whether others may use those of this node
   * @param gateway whether this node uses those of others
   */
  SwarmUpstreams(
      SwarmBus bus, Neighbours neighbours, Upstreams upstreams, boolean lends, boolean gateway) {
    this.bus = bus;
    this.neighbours = neighbours;
    this.upstreams = upstreams;
    this.lends = lends;
    this.gateway = gateway;
  }

  @Override
  public Future<?> start() {
    if (lends && !upstreams.own().isEmpty()) {
      announce();
      vertx.setPeriodic(PERIOD_MILLIS, _ -> announce());
    }
    if (!gateway) {
      return Future.succeededFuture();
    }
    vertx.setPeriodic(PERIOD_MILLIS, _ -> expire(System.nanoTime()));
    return bus.consume(TOPIC, this::heard).completion();
  }

  private void announce() {
    bus.publish(TOPIC, String.join("\n", new TreeSet<>(upstreams.own())) + "\n");
  }

  private void heard(NodeCertificate sender, String names) {
    String node = sender.id().hex();
    boolean knows = heard.containsKey(node);
    if (node.equals(neighbours.own())
        || !neighbours.members().contains(node)
        || !NAMES.matcher(names).matches()
        || (!knows && heard.size() >= MAX_NODES)) {
      return;
    }
    Set<String> added = new TreeSet<>();
    names
        .lines()
        .forEach(name -> {
          String here = name + "@" + neighbours.name(node);
          upstreams.add(here, new PeerWay(node, name));
          added.add(here);
        });
    Heard before = heard.put(node, new Heard(added, System.nanoTime()));
    if (before != null) {
      before.added().stream().filter(each -> !added.contains(each)).forEach(upstreams::remove);
    }
  }

  private void expire(long nowNanos) {
    Set<String> members = neighbours.members();
    heard
        .entrySet()
        .removeIf(each -> {
          boolean gone =
              nowNanos - each.getValue().atNanos() > LIFETIME_NANOS
                  || !members.contains(each.getKey());
          if (gone) {
            each.getValue().added().forEach(upstreams::remove);
          }
          return gone;
        });
  }

  /** Through the node that an upstream belongs to. */
  private final class PeerWay implements UpstreamWay {
    private final String node;
    private final String name;

    PeerWay(String node, String name) {
      this.node = node;
      this.name = name;
    }

    @Override
    public Future<HttpClientRequest> request(HttpMethod method, String path) {
      return neighbours
          .link(node)
          .map(link -> request(link, method, path))
          .orElseGet(() -> Future.failedFuture("its node's link port is not known"));
    }

    private Future<HttpClientRequest> request(SocketAddress link, HttpMethod method, String path) {
      return neighbours
          .client(node)
          .request(
              new RequestOptions()
                  .setServer(link)
                  .setHost(link.host())
                  .setPort(link.port())
                  .setMethod(method)
                  .setURI(UpstreamDesk.PATH + "/" + name + path));
    }
  }
}
