package dev.flotilla.node.federation;

import dev.flotilla.federation.FederationObserver;
import dev.flotilla.federation.FederationOptions;
import dev.flotilla.federation.LearntSpeed;
import dev.flotilla.federation.MeteredPipeline;
import dev.flotilla.federation.ModelDescription;
import dev.flotilla.federation.ReplicaAnnouncement;
import dev.flotilla.federation.link.PipelineServer;
import dev.flotilla.node.api.ModelRegistry;
import dev.flotilla.node.api.ServedModel;
import dev.flotilla.node.auth.PeerPlane;
import dev.flotilla.node.cluster.SwarmBus;
import dev.flotilla.tokens.Permission;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * A node's part in federated serving. Every node of a swarm serves its models to all gateways; a
 * gateway offers its clients the models of all nodes. Any thread.
 */
public final class Federation {
  private static final String LINK_PATH = "/link";
  private static final long DRAIN_CHECK_MILLIS = 50;

  private final Vertx vertx;
  private final Neighbours neighbours;
  private final String version;
  private final long incarnation;
  private final AtomicLong hostings = new AtomicLong();
  private final HostedModels hosted = new HostedModels();
  private final Map<String, LearntSpeed> learnt;
  private final Optional<Ways> ways;
  private final Optional<GatewayModels> gateway;
  private final FederationVerticle verticle;

  /**
   * A part that is not played yet.
   *
   * @param version the release that this node runs
   * @param incarnation greater after every start of the node
   * @param learnt how fast models were when the node stopped, by description
   * @param routing how this node routes its clients' requests, by model; empty if it routes none
   * @param observer hears of what the router does, besides the log
   */
  public Federation(
      Vertx vertx,
      Neighbours neighbours,
      SwarmBus bus,
      String version,
      long incarnation,
      Map<String, LearntSpeed> learnt,
      Optional<Function<String, FederationOptions>> routing,
      FederationObserver observer) {
    this.vertx = vertx;
    this.neighbours = neighbours;
    this.version = version;
    this.incarnation = incarnation;
    this.learnt = new ConcurrentHashMap<>(learnt);
    this.ways = routing.map(_ -> new Ways(vertx, neighbours, this::linkLost));
    this.gateway =
        routing.map(options ->
            new GatewayModels(
                vertx,
                neighbours,
                options,
                new FederationLog(neighbours).and(observer),
                ways.orElseThrow(),
                this::onLoop));
    this.verticle =
        new FederationVerticle(
            bus, neighbours, hosted, gateway, new Descriptions(vertx, neighbours));
  }

  /**
   * Serves a model of this node to the swarm, and to its own clients through {@link #models}. The
   * first is the default; one of the same name makes way for it. Any time, any thread.
   */
  public void host(ServedModel served, ModelDescription description) {
    byte[] encoded = description.encode();
    String digest = ModelDescription.digestOf(encoded);
    MeteredPipeline metered =
        new MeteredPipeline(
            served.pipeline(),
            neighbours.own(),
            version,
            digest,
            // A model that comes again is news to gateways that still remember it.
            incarnation + hostings.getAndIncrement(),
            Optional.ofNullable(learnt.get(digest)),
            System::nanoTime);
    HostedModels.Hosting hosting =
        hosted.add(new ServedModel(metered, served.template()), metered, description, encoded);
    ways.ifPresent(each -> each.here(hosting));
  }

  /**
   * Serves a model no more: gateways take its sessions elsewhere where they can, and those that
   * stay may end.
   *
   * @param limitMillis how long they may
   * @return done when none is left, or after so long
   */
  public Future<Void> withdraw(String modelId, long limitMillis) {
    return hosted
        .hosting(modelId)
        .map(hosting -> {
          hosting.drain();
          return quiet(() -> hosting.pipeline().openSessions() == 0, limitMillis)
              .onComplete(_ -> {
                learn(hosting);
                hosted.remove(modelId);
                ways.ifPresent(each -> each.gone(modelId));
                verticle.withdrawn(modelId);
              });
        })
        .orElseGet(Future::succeededFuture);
  }

  /** What this node's clients may ask for: what it serves, or on a gateway what the swarm does. */
  public ModelRegistry models() {
    return gateway
        .<ModelRegistry>map(models -> models)
        .orElse(() -> hosted.all().stream().map(HostedModels.Hosting::served).toList());
  }

  /** What is known of the speed of models that this node serves, or has served, by description. */
  public Map<String, LearntSpeed> learntSpeeds() {
    hosted.all().forEach(this::learn);
    return Map.copyOf(learnt);
  }

  private void learn(HostedModels.Hosting hosting) {
    MeteredPipeline pipeline = hosting.pipeline();
    pipeline.learntSpeed().ifPresent(speed -> learnt.put(pipeline.description(), speed));
  }

  /**
   * Has somebody hear all announcements, this node's own too. Before {@link #start}.
   *
   * @param listener called on an event loop; must not block
   */
  public void follow(Consumer<ReplicaAnnouncement> listener) {
    verticle.follow(listener);
  }

  /** Begins: serves gateways at the links' port, announces, listens. */
  public Future<?> start(PeerPlane plane) {
    PipelineServer server = new PipelineServer(vertx, hosted);
    plane.serve(LINK_PATH, Permission.OPEN_SESSIONS, (_, request) -> server.handle(request));
    return vertx.deployVerticle(verticle);
  }

  /** Done once a gateway has heard of other nodes' replicas, or there seem to be none. */
  public Future<Void> settled() {
    return verticle.settled();
  }

  /**
   * Tells gateways that this node leaves, or does not after all: they send it nothing more, and
   * take their sessions elsewhere where they can.
   *
   * @return sessions that run or wait here now
   */
  public int drain(boolean leaving) {
    verticle.drain(leaving);
    return hosted.openSessions();
  }

  /** Done once no session is left here, or after so long. */
  public Future<Void> drained(long limitMillis) {
    return quiet(() -> hosted.openSessions() == 0, limitMillis);
  }

  private Future<Void> quiet(BooleanSupplier isQuiet, long limitMillis) {
    Promise<Void> quiet = Promise.promise();
    long deadline = System.nanoTime() + limitMillis * 1_000_000;
    long timer =
        vertx.setPeriodic(
            DRAIN_CHECK_MILLIS,
            _ -> {
              if (isQuiet.getAsBoolean() || System.nanoTime() - deadline >= 0) {
                quiet.tryComplete();
              }
            });
    return quiet.future().onComplete(_ -> vertx.cancelTimer(timer));
  }

  private void onLoop(Runnable work) {
    verticle.onLoop(work);
  }

  private void linkLost(String node) {
    verticle.linkLost(node);
  }
}
