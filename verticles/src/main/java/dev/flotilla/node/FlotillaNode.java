package dev.flotilla.node;

import dev.flotilla.chat.schema.JsonGrammar;
import dev.flotilla.engine.EngineException;
import dev.flotilla.engine.EngineOptions;
import dev.flotilla.engine.StageFacts;
import dev.flotilla.federation.state.StateFormatException;
import dev.flotilla.node.api.ApiOptions;
import dev.flotilla.node.api.HttpApiVerticle;
import dev.flotilla.node.api.ModelRegistry;
import dev.flotilla.node.api.ServedModel;
import dev.flotilla.node.auth.ServerCertificate;
import dev.flotilla.node.shard.EngineLauncher;
import dev.flotilla.node.shard.EnginePipeline;
import dev.flotilla.node.shard.ModelFile;
import dev.flotilla.node.shard.RestartPolicy;
import dev.flotilla.node.upstream.UpstreamModel;
import dev.flotilla.node.upstream.Upstreams;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.file.FileSystemOptions;
import java.net.BindException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A node: starts its engines and its API, tells when it serves, and stops them in order when it is
 * told to.
 */
public final class FlotillaNode implements NodeRunner {
  private static final Logger log = LoggerFactory.getLogger(FlotillaNode.class);

  private final String version;

  /**
   * A node that is not running.
   *
   * @param version what {@code /version} says
   */
  public FlotillaNode(String version) {
    this.version = version;
  }

  @Override
  public int run(NodeOptions options) {
    List<ModelFile> files = options.models().stream().map(OwnModel::file).toList();
    Optional<ServerCertificate> certificate =
        ApiCertificate.of(options.tls(), options.host(), options.stateDir(), Instant.now());
    Optional<Membership> member =
        options.swarm().map(swarm -> Membership.join(options, swarm, vertxOptions(), version));
    Vertx vertx = member.map(Membership::vertx).orElseGet(() -> Vertx.vertx(vertxOptions()));
    List<OwnModel> models = models(vertx, options, files, member);
    PrometheusRegistry metrics = new PrometheusRegistry();
    ModelRegistry registry = registry(models, member, metrics);
    Upstreams upstreams = new Upstreams(vertx, options.upstreams(), metrics);
    HttpApiVerticle api =
        api(options, certificate, registry, upstreams, pipelines(models, member), member, metrics);
    NodeShutdown shutdown = new NodeShutdown(vertx, member, api, models, options.drainMillis());
    if (!shutdown.onSignal()) {
      return 1;
    }
    try {
      awaitModels(begin(vertx, options, upstreams, api, models, member, shutdown));
    } catch (ExecutionException e) {
      shutdown.stop();
      return shutdown.signalled()
          ? 1
          : failed(options, Objects.requireNonNullElse(e.getCause(), e));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return 1;
    }
    if (!shutdown.signalled()) {
      announceReady(options, api.port(), models, upstreams, certificate, member);
    }
    shutdown.awaitStopped();
    return 0;
  }

  /** Listens, takes part in the swarm and begins to load the models. */
  private List<Future<StageFacts>> begin(
      Vertx vertx,
      NodeOptions options,
      Upstreams upstreams,
      HttpApiVerticle api,
      List<OwnModel> models,
      Optional<Membership> member,
      NodeShutdown shutdown)
      throws InterruptedException, ExecutionException {
    try {
      List<Future<StageFacts>> loading = member.isPresent() ? List.of() : load(models);
      await(upstreams.start());
      await(vertx.deployVerticle(api));
      announceLoading(options, api.port());
      if (member.isPresent()) {
        await(member.get().begin(url(options, api.port())));
        await(member.get().share(upstreams));
        // Not before: on a small machine engines that start would hold up the way into the swarm.
        loading = load(models);
      }
      return loading;
    } finally {
      shutdown.begun();
    }
  }

  private static List<Future<StageFacts>> load(List<OwnModel> models) {
    return models.stream().map(model -> model.pipeline().start()).toList();
  }

  /** Waits until each model is ready or given up; one that can be served is enough to go on. */
  private static void awaitModels(List<Future<StageFacts>> loading)
      throws InterruptedException, ExecutionException {
    if (!loading.isEmpty()) {
      await(Future.join(loading).recover(_ -> Future.any(loading)));
    }
  }

  private static VertxOptions vertxOptions() {
    return new VertxOptions()
        .setEventLoopPoolSize(Math.min(4, Runtime.getRuntime().availableProcessors()))
        .setWorkerPoolSize(8)
        .setInternalBlockingPoolSize(4)
        .setFileSystemOptions(
            new FileSystemOptions()
                .setClassPathResolvingEnabled(false)
                .setFileCachingEnabled(false));
  }

  private static List<OwnModel> models(
      Vertx vertx, NodeOptions options, List<ModelFile> files, Optional<Membership> member) {
    List<OwnModel> models = new ArrayList<>();
    for (int i = 0; i < files.size(); i++) {
      ModelFile file = files.get(i);
      EngineOptions engine = options.models().get(i).engine();
      OwnPipeline pipeline =
          member
              .map(swarm -> swarm.pipeline(file, engine))
              .orElseGet(() ->
                  new OwnPipeline.Fixed(
                      new EnginePipeline(
                          vertx,
                          file.card(),
                          engine,
                          options.stateDir().resolve("cache"),
                          EngineLauncher.standard(),
                          RestartPolicy.STANDARD)));
      models.add(new OwnModel(file, pipeline, OwnModel.template(options.models().get(i), file)));
    }
    return models;
  }

  private static ModelRegistry registry(
      List<OwnModel> models, Optional<Membership> member, PrometheusRegistry metrics) {
    List<ServedModel> own = models.stream().map(OwnModel::served).toList();
    return member.map(swarm -> swarm.share(models, metrics)).orElse(() -> own);
  }

  private static NodePipelines pipelines(List<OwnModel> models, Optional<Membership> member) {
    return new NodePipelines(
        () ->
            Stream.concat(
                    models.stream().map(OwnModel::pipeline),
                    member.stream()
                        .flatMap(swarm -> swarm.instances().pipelines().stream())
                        .map(OwnPipeline.Fixed::new))
                .toList(),
        member.map(Membership::sharding));
  }

  private HttpApiVerticle api(
      NodeOptions options,
      Optional<ServerCertificate> certificate,
      ModelRegistry models,
      Upstreams upstreams,
      NodePipelines pipelines,
      Optional<Membership> member,
      PrometheusRegistry metrics) {
    ApiOptions base = ApiOptions.DEFAULT;
    return new HttpApiVerticle(
        new ApiOptions(
            options.host(),
            options.port(),
            options.apiKeys(),
            options.corsOrigins(),
            options.bodyLimitBytes(),
            base.bodyTimeoutMillis(),
            base.idleTimeoutMillis(),
            base.maxConnections(),
            options.drainMillis(),
            Optional.of(AdminKey.in(options.stateDir())),
            certificate.map(ServerCertificate::options),
            version),
        models,
        upstreams,
        options.sampling(),
        Optional.of(JsonGrammar::gbnf),
        member.map(
            swarm -> new SwarmAdministration(swarm.swarm(), swarm.federation(), swarm::reports)),
        member.map(Membership::history),
        member.map(Membership::planning),
        member.map(swarm -> swarm.instances().demand()),
        pipelines,
        metrics);
  }

  private static String url(NodeOptions options, int port) {
    return StartupBanner.url(options.tls().scheme(), options.host(), port);
  }

  private static void announceLoading(NodeOptions options, int port) {
    log.info("listening on {}, loading {} model(s)", url(options, port), options.models().size());
  }

  private static void announceReady(
      NodeOptions options,
      int port,
      List<OwnModel> models,
      Upstreams upstreams,
      Optional<ServerCertificate> certificate,
      Optional<Membership> member) {
    List<String> own = models.stream().map(model -> model.file().card().id()).toList();
    List<String> ids =
        own.isEmpty() ? upstreams.models().stream().map(UpstreamModel::id).toList() : own;
    String scheme = options.tls().scheme();
    System.err.print(
        options
            .sharding()
            .lending()
            .filter(_ -> ids.isEmpty())
            .map(lent -> StartupBanner.worker(scheme, options.host(), port, lent.memoryBytes()))
            .orElseGet(() -> StartupBanner.text(scheme, options.host(), port, ids)));
    certificate
        .filter(_ -> options.tls() instanceof ApiTls.SelfSigned)
        .map(ServerCertificate::fingerprint)
        .map(hash -> StartupBanner.selfSigned(hash, ApiCertificate.selfSigned(options.stateDir())))
        .ifPresent(System.err::print);
    member
        .flatMap(swarm -> swarm.swarm().created())
        .ifPresent(token -> System.err.print(StartupBanner.newSwarm(token.encode())));
    System.out.println(StartupBanner.readyLine(scheme, options.host(), port));
    System.out.flush();
  }

  private static int failed(NodeOptions options, Throwable cause) {
    if (cause instanceof BindException) {
      throw new OptionException(
          "address",
          "can't listen on "
              + options.host()
              + ":"
              + options.port()
              + ": "
              + cause.getMessage()
              + " (another port: --address HOST:PORT; any free one: port 0)");
    }
    if (cause instanceof EngineException) {
      // Logged where it happened.
      return 1;
    }
    if (cause instanceof StateFormatException) {
      throw new OptionException(
          "state-dir",
          "what this node promised its swarm is lost: "
              + cause.getMessage()
              + "; remove the folder 'swarm' in it to join as another node");
    }
    log.error("the node can't start", cause);
    return 1;
  }

  private static void await(Future<?> future) throws InterruptedException, ExecutionException {
    future.toCompletionStage().toCompletableFuture().get();
  }
}
