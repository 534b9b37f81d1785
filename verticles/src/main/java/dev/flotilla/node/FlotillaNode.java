package dev.flotilla.node;

import dev.flotilla.chat.ChatTemplate;
import dev.flotilla.chat.JinjaChatTemplate;
import dev.flotilla.chat.schema.JsonGrammar;
import dev.flotilla.engine.EngineException;
import dev.flotilla.engine.EngineOptions;
import dev.flotilla.engine.StageFacts;
import dev.flotilla.federation.state.StateFormatException;
import dev.flotilla.federation.state.SwarmHistory;
import dev.flotilla.node.api.ApiOptions;
import dev.flotilla.node.api.HttpApiVerticle;
import dev.flotilla.node.api.ModelRegistry;
import dev.flotilla.node.api.ServedModel;
import dev.flotilla.node.auth.ServerCertificate;
import dev.flotilla.node.shard.EngineLauncher;
import dev.flotilla.node.shard.EnginePipeline;
import dev.flotilla.node.shard.ModelFile;
import dev.flotilla.node.shard.RestartPolicy;
import dev.flotilla.tokens.TokenException;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.file.FileSystemOptions;
import java.io.IOException;
import java.net.BindException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A node: starts its engines and its API, tells when it serves, and stops them in order when it is
 * told to.
 */
public final class FlotillaNode implements NodeRunner {
  private static final Logger log = LoggerFactory.getLogger(FlotillaNode.class);

  /** How long engines and event loops may take to stop, after answers have drained. */
  private static final long STOP_MILLIS = 10_000;

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
    List<ModelFile> files = readModels(options);
    Optional<ServerCertificate> certificate =
        ApiCertificate.of(options.tls(), options.host(), options.stateDir(), Instant.now());
    Optional<Swarm> swarm = options.swarm().map(joined -> join(joined, options.stateDir()));
    Vertx vertx = swarm.map(Swarm::vertx).orElseGet(() -> Vertx.vertx(vertxOptions()));
    Optional<SwarmDecisions> decisions =
        swarm.map(joined -> new SwarmDecisions(joined, options.stateDir()));
    Optional<SwarmSharding> sharding = swarm.map(joined -> sharding(joined, options));
    List<EnginePipeline> pipelines = pipelines(vertx, options, files, sharding);
    HttpApiVerticle api =
        api(
            options,
            certificate,
            served(options, files, pipelines),
            swarm,
            decisions.map(SwarmDecisions::history));
    CountDownLatch stopped = new CountDownLatch(1);
    Thread hook =
        Thread.ofPlatform()
            .unstarted(() -> stop(vertx, swarm, sharding, api, pipelines, options, stopped));
    // From here on a signal stops what has been started, in order.
    Runtime.getRuntime().addShutdownHook(hook);
    try {
      List<Future<StageFacts>> loading = pipelines.stream().map(EnginePipeline::start).toList();
      if (decisions.isPresent()) {
        await(decisions.get().start());
      }
      await(vertx.deployVerticle(api));
      swarm.ifPresent(joined -> joined.announceApi(url(options, api.port()), version));
      announceLoading(options, api.port());
      awaitModels(loading);
    } catch (ExecutionException e) {
      stop(vertx, swarm, sharding, api, pipelines, options, stopped);
      return failed(options, Objects.requireNonNullElse(e.getCause(), e));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return 1;
    }
    announceReady(options, api.port(), files, certificate, swarm);
    awaitQuietly(stopped);
    return 0;
  }

  /** Waits until each model is ready or given up; one that can be served is enough to go on. */
  private static void awaitModels(List<Future<StageFacts>> loading)
      throws InterruptedException, ExecutionException {
    if (!loading.isEmpty()) {
      await(Future.join(loading).recover(_ -> Future.any(loading)));
    }
  }

  private static List<ModelFile> readModels(NodeOptions options) {
    try {
      return options.models().stream()
          .map(model -> ModelFile.read(model.id(), model.engine().model()))
          .toList();
    } catch (EngineException e) {
      throw new OptionException("model", e.getMessage());
    }
  }

  private static Swarm join(SwarmOptions options, Path stateDir) {
    try {
      return Swarm.start(options, stateDir, vertxOptions(), Clock.systemUTC());
    } catch (TokenException e) {
      throw new OptionException("token", e.getMessage());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while joining the swarm", e);
    } catch (Exception e) {
      throw new IllegalStateException("can't join the swarm: " + e.getMessage(), e);
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

  private SwarmSharding sharding(Swarm swarm, NodeOptions options) {
    try {
      String bindHost = options.swarm().map(SwarmOptions::bindHost).orElseThrow();
      return new SwarmSharding(swarm, options.sharding(), bindHost, options.stateDir(), version);
    } catch (IOException e) {
      throw new OptionException(
          "models-cache", "slices of models can't be kept: " + e.getMessage());
    }
  }

  private static List<EnginePipeline> pipelines(
      Vertx vertx, NodeOptions options, List<ModelFile> files, Optional<SwarmSharding> sharding) {
    Path cache = options.stateDir().resolve("cache");
    List<EnginePipeline> pipelines = new ArrayList<>();
    for (int i = 0; i < files.size(); i++) {
      ModelFile file = files.get(i);
      EngineOptions engine = options.models().get(i).engine();
      pipelines.add(
          sharding
              .map(swarm -> swarm.pipeline(file, engine))
              .orElseGet(() ->
                  new EnginePipeline(
                      vertx,
                      file.card(),
                      engine,
                      cache,
                      EngineLauncher.standard(),
                      RestartPolicy.STANDARD)));
    }
    return pipelines;
  }

  private static ModelRegistry served(
      NodeOptions options, List<ModelFile> files, List<EnginePipeline> pipelines) {
    List<ServedModel> served = new ArrayList<>();
    for (int i = 0; i < files.size(); i++) {
      served.add(
          new ServedModel(pipelines.get(i), template(options.models().get(i), files.get(i))));
    }
    List<ServedModel> models = List.copyOf(served);
    return () -> models;
  }

  private static ChatTemplate template(ModelOptions options, ModelFile file) {
    try {
      return options.chatTemplate().map(source -> template(source, file)).orElseGet(file::template);
    } catch (EngineException e) {
      throw new OptionException("chat-template", e.getMessage());
    }
  }

  private static ChatTemplate template(ChatTemplateSource source, ModelFile file) {
    return switch (source) {
      case ChatTemplateSource.Jinja(Path path) -> {
        try {
          yield file.template(path.toString(), Files.readString(path));
        } catch (IOException e) {
          throw new OptionException("chat-template", "can't read " + path + ": " + e);
        }
      }
      case ChatTemplateSource.Named(String name) -> {
        if (!name.equals("chatml")) {
          throw new OptionException(
              "chat-template", "no template is called '" + name + "': give chatml or a file");
        }
        yield JinjaChatTemplate.chatMl();
      }
    };
  }

  private HttpApiVerticle api(
      NodeOptions options,
      Optional<ServerCertificate> certificate,
      ModelRegistry models,
      Optional<Swarm> swarm,
      Optional<SwarmHistory> history) {
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
        options.sampling(),
        Optional.of(JsonGrammar::gbnf),
        swarm.map(SwarmAdministration::new),
        history,
        new PrometheusRegistry());
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
      List<ModelFile> files,
      Optional<ServerCertificate> certificate,
      Optional<Swarm> swarm) {
    List<String> ids = files.stream().map(file -> file.card().id()).toList();
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
    swarm
        .flatMap(Swarm::created)
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

  /**
   * Lets answers end, then ends engines and event loops. Runs once, on the thread of whoever stops
   * the node.
   */
  private static void stop(
      Vertx vertx,
      Optional<Swarm> swarm,
      Optional<SwarmSharding> sharding,
      HttpApiVerticle api,
      List<EnginePipeline> pipelines,
      NodeOptions options,
      CountDownLatch stopped) {
    try {
      if (api.deploymentID() != null) {
        await(vertx.undeploy(api.deploymentID()), options.drainMillis() + STOP_MILLIS);
      }
      await(Future.all(pipelines.stream().map(EnginePipeline::stop).toList()), STOP_MILLIS);
      if (sharding.isPresent()) {
        await(sharding.get().close(), STOP_MILLIS);
      }
      if (swarm.isPresent()) {
        swarm.get().close();
      } else {
        await(vertx.close(), STOP_MILLIS);
      }
    } catch (ExecutionException | TimeoutException e) {
      log.warn("stopping was not orderly", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      stopped.countDown();
    }
  }

  private static void await(Future<?> future) throws InterruptedException, ExecutionException {
    future.toCompletionStage().toCompletableFuture().get();
  }

  private static void await(Future<?> future, long timeoutMillis)
      throws InterruptedException, ExecutionException, TimeoutException {
    future.toCompletionStage().toCompletableFuture().get(timeoutMillis, TimeUnit.MILLISECONDS);
  }

  private static void awaitQuietly(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
