package dev.flotilla.node.api;

import dev.flotilla.federation.state.SwarmHistory;
import dev.flotilla.node.instances.Demand;
import dev.flotilla.node.upstream.Upstreams;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.net.KeyCertOptions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Serves the OpenAI-compatible API over HTTP or HTTPS, on one event loop.
 *
 * <p>Stopping takes no new connections and lets running answers end for {@link
 * ApiOptions#drainMillis}; those still running then end with an error event.
 */
public final class HttpApiVerticle extends VerticleBase {
  private static final long MOST_SWEEP_MILLIS = 5_000;
  private static final Set<String> PROTOCOLS = Set.of("TLSv1.3", "TLSv1.2");

  /** Requests at once on one HTTP/2 connection. */
  private static final int MAX_STREAMS = 128;

  private final ApiOptions options;
  private final ModelRegistry models;
  private final Upstreams upstreams;
  private final SamplingDefaults defaults;
  private final Optional<SchemaGrammar> schemas;
  private final Optional<SwarmAdmin> swarm;
  private final ApiMetrics metrics;
  private final ConnectionGuard connections;
  private final LiveAnswers live = new LiveAnswers();
  private final Optional<SwarmHistory> history;
  private final Optional<SwarmPlanning> planning;
  private final Optional<Demand> demand;
  private final PipelineList pipelines;
  private @Nullable InstanceRoutes instanceRoutes;
  private @Nullable StateRoutes stateRoutes;
  private @Nullable HttpServer server;

  /**
   * An API that is served once it is deployed.
   *
   * @param models what clients may ask for
   * @param upstreams servers whose models clients may ask for as well
   * @param defaults for sampling fields that requests leave out
   * @param schemas makes grammars of JSON schemas; where it is absent, requests for JSON answers
   *     are refused
   * @param swarm the swarm of the node, if it belongs to one
   * @param history what the swarm decides, if the node belongs to one
   * @param planning how the node's models could run over the swarm
   * @param demand asks the swarm for pipelines
   * @param pipelines that the node has a part in
   * @param registry gets the API's metrics, and is what {@code /metrics} shows
   */
  public HttpApiVerticle(
      ApiOptions options,
      ModelRegistry models,
      Upstreams upstreams,
      SamplingDefaults defaults,
      Optional<SchemaGrammar> schemas,
      Optional<SwarmAdmin> swarm,
      Optional<SwarmHistory> history,
      Optional<SwarmPlanning> planning,
      Optional<Demand> demand,
      PipelineList pipelines,
      PrometheusRegistry registry) {
    this.options = options;
    this.models = models;
    this.upstreams = upstreams;
    this.defaults = defaults;
    this.schemas = schemas;
    this.swarm = swarm;
    this.history = history;
    this.planning = planning;
    this.demand = demand;
    this.pipelines = pipelines;
    this.metrics = new ApiMetrics(registry, models);
    PipelineMetrics.register(registry, pipelines);
    this.connections =
        new ConnectionGuard(
            options.maxConnections(),
            Duration.ofMillis(options.idleTimeoutMillis()).toNanos(),
            metrics);
  }

  /** Null before it is deployed. */
  @Override
  public @Nullable String deploymentID() {
    return context == null ? null : super.deploymentID();
  }

  @Override
  public Future<?> start() {
    ApiRouter router = new ApiRouter(endpoints(), options, metrics, connections);
    HttpServer created =
        vertx
            .createHttpServer(serverOptions())
            .connectionHandler(connections::opened)
            .requestHandler(router.create(vertx));
    server = created;
    vertx.setPeriodic(
        Math.min(MOST_SWEEP_MILLIS, options.idleTimeoutMillis()),
        tick -> connections.sweep(System.nanoTime()));
    return created.listen(options.port(), options.host());
  }

  @Override
  public Future<?> stop() {
    HttpServer listening = server;
    if (listening == null) {
      return Future.succeededFuture();
    }
    Optional.ofNullable(stateRoutes).ifPresent(StateRoutes::close);
    Optional.ofNullable(instanceRoutes).ifPresent(InstanceRoutes::close);
    long timer = vertx.setTimer(Math.max(1, options.drainMillis()), late -> live.abort());
    Duration most = Duration.ofMillis(options.drainMillis()).plusSeconds(1);
    return Future.all(live.drain(), listening.shutdown(most))
        .onComplete(done -> vertx.cancelTimer(timer));
  }

  /** The port that is listened on, once deployed. */
  public int port() {
    if (server == null) {
      throw new IllegalStateException("not deployed");
    }
    return server.actualPort();
  }

  /** The event loop that everything of this API happens on. */
  Context loop() {
    return context;
  }

  /** Answers being generated now; on the verticle's event loop. */
  int liveAnswers() {
    return live.size();
  }

  /** Connections open now; on the verticle's event loop. */
  int openConnections() {
    return connections.open();
  }

  private HttpServerOptions serverOptions() {
    HttpServerOptions plain = plainOptions();
    return options.certificate().map(certificate -> secured(plain, certificate)).orElse(plain);
  }

  /** HTTP/2 where the client takes it, as browsers do, which open few connections otherwise. */
  private static HttpServerOptions secured(HttpServerOptions options, KeyCertOptions certificate) {
    options
        .setSsl(true)
        .setKeyCertOptions(certificate)
        .setEnabledSecureTransportProtocols(PROTOCOLS)
        .setUseAlpn(true)
        .setAlpnVersions(List.of(HttpVersion.HTTP_2, HttpVersion.HTTP_1_1));
    options.getInitialSettings().setMaxConcurrentStreams(MAX_STREAMS);
    return options;
  }

  private static HttpServerOptions plainOptions() {
    return new HttpServerOptions()
        // Only HTTP/1.1: an upgrade that half the clients get wrong would gain a local stream
        // nothing.
        .setHttp2ClearTextEnabled(false)
        .setHandle100ContinueAutomatically(true)
        .setTcpKeepAlive(true);
  }

  /** The route table. */
  List<Endpoint> endpoints() {
    var named = new Models(models, upstreams);
    var bodies =
        new RequestBodies(
            vertx, new BodyReader(vertx, options.bodyLimitBytes(), options.bodyTimeoutMillis()));
    var onDemand = new OnDemand(vertx, models, demand);
    var forwards = new Forwards(named, upstreams, onDemand, bodies, live, metrics);
    var generation =
        new GenerationRoutes(
            named,
            forwards,
            onDemand,
            new Grammars(schemas),
            defaults,
            live,
            metrics,
            "flotilla-" + options.version());
    var embedding = new EmbeddingRoutes(named, forwards, onDemand, metrics);
    var model = new ModelRoutes(named, onDemand);
    var token = new TokenRoutes(named, bodies);
    var status = new StatusRoutes(named, metrics, options.version());
    List<Endpoint> table = new ArrayList<>();
    table.addAll(new SwarmRoutes(swarm, bodies).endpoints());
    table.addAll(new PeerRoutes(swarm).endpoints());
    table.addAll(new PipelineRoutes(pipelines).endpoints());
    StateRoutes states = new StateRoutes(vertx, history);
    stateRoutes = states;
    table.addAll(states.endpoints());
    table.addAll(new PlanRoutes(vertx, planning).endpoints());
    InstanceRoutes placing = new InstanceRoutes(vertx, demand.map(Demand::instances), bodies);
    instanceRoutes = placing;
    table.addAll(placing.endpoints());
    table.addAll(
        List.of(
            Endpoint.post("/v1/chat/completions", generation::chat, "/chat/completions"),
            Endpoint.post("/v1/completions", generation::complete, "/completions"),
            Endpoint.post("/v1/embeddings", embedding::embed, "/embeddings"),
            Endpoint.get("/v1/models", model::list, "/models"),
            Endpoint.get("/v1/models/{id}", model::get, "/models/{id}"),
            Endpoint.post("/tokenize", token::tokenize, "/v1/tokenize"),
            Endpoint.post("/detokenize", token::detokenize, "/v1/detokenize"),
            Endpoint.post("/apply-template", token::applyTemplate),
            Endpoint.get("/health", status::health).withoutKey(),
            Endpoint.get("/readyz", status::ready).withoutKey(),
            Endpoint.get("/version", status::version),
            Endpoint.get("/metrics", status::metrics),
            Endpoint.get("/openapi.json", status::openApi)));
    return table;
  }
}
