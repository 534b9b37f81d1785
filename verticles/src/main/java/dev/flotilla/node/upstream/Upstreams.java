package dev.flotilla.node.upstream;

import dev.flotilla.node.upstream.UpstreamModel.UpstreamReplica;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * All upstreams that this node's clients may use: its own, and on a gateway those of other nodes.
 * Upstreams that call a model by the same name stand in for each other. Any thread; what is sent is
 * answered on the caller's event loop.
 */
public final class Upstreams {
  /**
   * Marks requests that were passed on once. A Flotilla node serves them with what it has itself,
   * so that no request goes round in circles, and no two nodes list each other's listings.
   */
  public static final String HOP_HEADER = "x-flotilla-hop";

  /** The most upstreams that are known at a time. */
  static final int MAX_SERVERS = 4_096;

  private final Vertx vertx;
  private final UpstreamOptions options;
  private final UpstreamMetrics metrics;
  private final UpstreamWatch watch;
  private final Map<String, UpstreamServer> servers = new ConcurrentHashMap<>();
  private final Set<String> own;
  private final AtomicLong turn = new AtomicLong();

  /**
   * Upstreams that nobody was asked of yet.
   *
   * @param registry gets what is counted of them; it takes one of this
   */
  public Upstreams(Vertx vertx, UpstreamOptions options, PrometheusRegistry registry) {
    this.vertx = vertx;
    this.options = options;
    this.metrics = new UpstreamMetrics(registry, this::servers);
    this.watch = new UpstreamWatch(this::servers);
    for (UpstreamAddress address : options.servers()) {
      servers.put(
          address.name(),
          new UpstreamServer(
              address.name(), new DirectWay(vertx, address), options.silenceMillis()));
    }
    this.own = Set.copyOf(servers.keySet());
  }

  /** Begins to ask them; done when each has answered once, or not in time. */
  public Future<?> start() {
    return vertx.deployVerticle(watch).compose(_ -> watch.askedOnce());
  }

  /** Names of those that this node was given itself. */
  public Set<String> own() {
    return own;
  }

  /** Adds one of another node, unless one is called so. */
  public void add(String name, UpstreamWay way) {
    if (servers.size() < MAX_SERVERS) {
      servers.computeIfAbsent(name, _ -> new UpstreamServer(name, way, options.silenceMillis()));
    }
  }

  /** One of another node is gone. */
  public void remove(String name) {
    if (!own.contains(name)) {
      servers.remove(name);
    }
  }

  /** Whether an upstream answers. */
  boolean isUp(String server) {
    UpstreamServer found = servers.get(server);
    return found != null && found.isUp();
  }

  /** How each of them is, by name. */
  public List<UpstreamStatus> statuses() {
    return servers().stream()
        .map(each ->
            new UpstreamStatus(each.name(), each.isUp(), each.models().size(), each.running()))
        .toList();
  }

  private List<UpstreamServer> servers() {
    return servers.values().stream().sorted((a, b) -> a.name().compareTo(b.name())).toList();
  }

  /** What they serve now: upstreams by name, and each one's models in its own order. */
  public List<UpstreamModel> models() {
    Map<String, List<UpstreamServer>> byId = new LinkedHashMap<>();
    for (UpstreamServer server : servers()) {
      server
          .models()
          .keySet()
          .forEach(id -> byId.computeIfAbsent(id, _ -> new ArrayList<>()).add(server));
    }
    return byId.entrySet().stream().map(each -> model(each.getKey(), each.getValue())).toList();
  }

  private static UpstreamModel model(String id, List<UpstreamServer> having) {
    long created = 0;
    List<UpstreamReplica> replicas = new ArrayList<>();
    for (UpstreamServer server : having) {
      ListedModel listed = server.models().get(id);
      if (listed != null) {
        created = Math.max(created, listed.createdSeconds());
        replicas.add(new UpstreamReplica(server.name(), server.running(), listed.contextTokens()));
      }
    }
    return new UpstreamModel(id, created, replicas);
  }

  /** What an upstream serves now; empty if there is none of that name, or it is down. */
  public List<UpstreamModel> models(String server) {
    UpstreamServer found = servers.get(server);
    return found == null
        ? List.of()
        : found.models().keySet().stream().map(id -> model(id, List.of(found))).toList();
  }

  /**
   * What a model's name in a request means.
   *
   * @param model as upstreams call it
   * @param server the only one that is meant
   */
  public record Meant(String model, Optional<String> server) {}

  /**
   * Who serves {@code MODEL}, or {@code UPSTREAM/MODEL}, or did before it went down; empty if
   * nobody ever did.
   */
  public Optional<Meant> find(String name) {
    if (servers.values().stream().anyMatch(each -> each.known().containsKey(name))) {
      return Optional.of(new Meant(name, Optional.empty()));
    }
    int slash = Math.max(0, name.indexOf('/'));
    String model = name.substring(Math.min(name.length(), slash + 1));
    return Optional.ofNullable(servers.get(name.substring(0, slash)))
        .filter(server -> server.known().containsKey(model))
        .map(server -> new Meant(model, Optional.of(server.name())));
  }

  private List<UpstreamServer> serving(String model, Optional<String> only) {
    if (only.isPresent()) {
      @Nullable UpstreamServer server = servers.get(only.get());
      return server != null && server.models().containsKey(model) ? List.of(server) : List.of();
    }
    return servers.values().stream().filter(each -> each.models().containsKey(model)).toList();
  }

  /** Sends a request to whoever serves its model; on an event loop. */
  public UpstreamCall send(UpstreamRequest request) {
    return send(request, () -> serving(request.model(), request.server()));
  }

  /** Sends another node's request to one upstream of this node, whatever model it is for. */
  UpstreamCall relay(UpstreamRequest request, String server) {
    return send(request, () -> Optional.ofNullable(servers.get(server)).stream().toList());
  }

  private UpstreamCall send(UpstreamRequest request, Supplier<List<UpstreamServer>> able) {
    long inTurn = turn.getAndIncrement();
    return new UpstreamCall(
            vertx,
            request,
            tried -> UpstreamChoice.of(able.get(), tried, inTurn, System.nanoTime()),
            metrics)
        .send();
  }
}
