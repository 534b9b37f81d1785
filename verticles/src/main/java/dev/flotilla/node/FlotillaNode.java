package dev.flotilla.node;

import dev.flotilla.chat.JinjaChatTemplate;
import dev.flotilla.chat.schema.JsonGrammar;
import dev.flotilla.engine.EngineException;
import dev.flotilla.engine.StageFacts;
import dev.flotilla.node.SwarmServing.OwnModel;
import dev.flotilla.node.api.ApiOptions;
import dev.flotilla.node.api.HttpApiVerticle;
import dev.flotilla.node.api.ModelRegistry;
import dev.flotilla.node.api.ServedModel;
import dev.flotilla.node.federation.Federation;
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
    Optional<Swarm> swarm = options.swarm().map(joined -> join(joined, options.stateDir()));
    Vertx vertx = swarm.map(Swarm::vertx).orElseGet(() -> Vertx.vertx(vertxOptions()));
    List<EnginePipeline> pipelines = pipelines(vertx, options, files);
    List<OwnModel> own = own(options, files, pipelines);
    Optional<Federation> federation =
        swarm.map(joined -> SwarmServing.of(joined, own, options.gateway(), version));
    HttpApiVerticle api = api(options, registry(own, federation), swarm);
    CountDownLatch stopped = new CountDownLatch(1);
    Thread hook =
        Thread.ofPlatform().unstarted(() -> stop(vertx, swarm, api, pipelines, options, stopped));
    // From here on a signal stops what has been started, in order.
    Runtime.getRuntime().addShutdownHook(hook);
    try {
      List<Future<StageFacts>> loading = pipelines.stream().map(EnginePipeline::start).toList();
      await(vertx.deployVerticle(api));
      swarm.ifPresent(
          joined -> joined.announceApi(StartupBanner.url(options.host(), api.port()), version));
      if (swarm.isPresent() && federation.isPresent()) {
        await(federation.get().start(swarm.get().peers()));
        await(federation.get().settled());
      }
      announceLoading(options, api.port());
      awaitModels(loading);
    } catch (ExecutionException e) {
      stop(vertx, swarm, api, pipelines, options, stopped);
      return failed(options, Objects.requireNonNullElse(e.getCause(), e));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return 1;
    }
    announceReady(options, api.port(), files, swarm);
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

  private static List<EnginePipeline> pipelines(
      Vertx vertx, NodeOptions options, List<ModelFile> files) {
    Path cache = options.stateDir().resolve("cache");
    List<EnginePipeline> pipelines = new ArrayList<>();
    for (int i = 0; i < files.size(); i++) {
      pipelines.add(
          new EnginePipeline(
              vertx,
              files.get(i).card(),
              options.models().get(i).engine(),
              cache,
              EngineLauncher.standard(),
              RestartPolicy.STANDARD));
    }
    return pipelines;
  }

  private static List<OwnModel> own(
      NodeOptions options, List<ModelFile> files, List<EnginePipeline> pipelines) {
    List<OwnModel> own = new ArrayList<>();
    for (int i = 0; i < files.size(); i++) {
      JinjaChatTemplate template = template(options.models().get(i), files.get(i));
      own.add(new OwnModel(files.get(i), new ServedModel(pipelines.get(i), template), template));
    }
    return own;
  }

  private static ModelRegistry registry(List<OwnModel> own, Optional<Federation> federation) {
    List<ServedModel> models = own.stream().map(OwnModel::served).toList();
    return federation.map(Federation::models).orElse(() -> models);
  }

  private static JinjaChatTemplate template(ModelOptions options, ModelFile file) {
    try {
      return options.chatTemplate().map(source -> template(source, file)).orElseGet(file::template);
    } catch (EngineException e) {
      throw new OptionException("chat-template", e.getMessage());
    }
  }

  private static JinjaChatTemplate template(ChatTemplateSource source, ModelFile file) {
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

  private HttpApiVerticle api(NodeOptions options, ModelRegistry models, Optional<Swarm> swarm) {
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
            version),
        models,
        options.sampling(),
        Optional.of(JsonGrammar::gbnf),
        swarm.map(SwarmAdministration::new),
        new PrometheusRegistry());
  }

  private static void announceLoading(NodeOptions options, int port) {
    log.info(
        "listening on {}, loading {} model(s)",
        StartupBanner.url(options.host(), port),
        options.models().size());
  }

  private static void announceReady(
      NodeOptions options, int port, List<ModelFile> files, Optional<Swarm> swarm) {
    List<String> ids = files.stream().map(file -> file.card().id()).toList();
    System.err.print(StartupBanner.text(options.host(), port, ids));
    swarm
        .flatMap(Swarm::created)
        .ifPresent(token -> System.err.print(StartupBanner.newSwarm(token.encode())));
    System.out.println(StartupBanner.readyLine(options.host(), port));
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
      HttpApiVerticle api,
      List<EnginePipeline> pipelines,
      NodeOptions options,
      CountDownLatch stopped) {
    try {
      if (api.deploymentID() != null) {
        await(vertx.undeploy(api.deploymentID()), options.drainMillis() + STOP_MILLIS);
      }
      await(Future.all(pipelines.stream().map(EnginePipeline::stop).toList()), STOP_MILLIS);
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
