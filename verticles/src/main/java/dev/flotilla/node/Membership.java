package dev.flotilla.node;

import dev.flotilla.engine.EngineOptions;
import dev.flotilla.engine.metering.ChainFigures;
import dev.flotilla.federation.state.SwarmHistory;
import dev.flotilla.node.api.ModelRegistry;
import dev.flotilla.node.api.SwarmPlanning;
import dev.flotilla.node.federation.Federation;
import dev.flotilla.node.lending.Lending;
import dev.flotilla.node.lending.LentStages;
import dev.flotilla.node.shard.EnginePipeline;
import dev.flotilla.node.shard.MachineMemory;
import dev.flotilla.node.shard.ModelFile;
import dev.flotilla.node.topology.DeviceFile;
import dev.flotilla.node.topology.LayerCostFile;
import dev.flotilla.node.topology.MachineFile;
import dev.flotilla.node.topology.NodeReport;
import dev.flotilla.node.topology.TopologyDirectory;
import dev.flotilla.node.topology.TopologyVerticle;
import dev.flotilla.node.upstream.UpstreamDesk;
import dev.flotilla.node.upstream.Upstreams;
import dev.flotilla.sharding.plan.LayerCost;
import dev.flotilla.tokens.Permission;
import dev.flotilla.tokens.TokenException;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import java.io.IOException;
import java.time.Clock;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * All that a node does as a member of a swarm: it shares its models and those of others, lends and
 * borrows memory, and decides with the others. Calls may block.
 */
final class Membership {
  private final Swarm swarm;
  private final Optional<GatewayOptions> gateway;
  private final String version;
  private final SwarmDecisions decisions;
  private final SwarmSharding sharding;
  private final TopologyDirectory measured;
  private final TopologyVerticle topology;
  private final NodeOptions options;
  private final ModelLibrary library;
  private final long lentBytes;
  private final LayerCostFile layerFile;
  private final ReplicaSpeedFile speedFile;
  private final MeasuredLayers layers;
  private volatile List<OwnPipeline> started = List.of();
  private Optional<Federation> federation = Optional.empty();
  private Optional<SwarmInstances> instances = Optional.empty();

  private Membership(Swarm swarm, NodeOptions options, String bindHost, String version)
      throws IOException {
    this.swarm = swarm;
    this.options = options;
    this.gateway = options.gateway();
    this.version = version;
    this.decisions =
        new SwarmDecisions(
            swarm,
            options.stateDir(),
            options.swarm().map(SwarmOptions::halfDecides).orElse(false));
    this.measured = new TopologyDirectory(swarm.cluster()::members, System::nanoTime);
    this.sharding =
        new SwarmSharding(
            swarm,
            measured,
            new DeviceFile(machineFile("devices.json")),
            options.sharding(),
            bindHost,
            options.stateDir(),
            version);
    this.library =
        new ModelLibrary(
            options.library().filter(_ -> mayHost(swarm)),
            new ShardingRules(options.sharding().setting(), options.sharding().uncertified()));
    this.layerFile = new LayerCostFile(machineFile("layer-costs.json"));
    this.speedFile = new ReplicaSpeedFile(machineFile("replica-speeds.json"));
    this.layers = new MeasuredLayers(layerFile.read());
    this.lentBytes = mayHost(swarm) ? lentBytes(options) : 0;
    this.topology = new TopologyVerticle(surroundings(), measured, swarm.bus(), swarm.peers());
  }

  private MachineFile machineFile(String name) {
    return new MachineFile(
        options.stateDir().resolve(name),
        "%s, Flotilla %s".formatted(Computing.of(options), version));
  }

  /**
   * What pipelines may take here that the swarm decides on: what is lent, or most of what is free.
   */
  private static long lentBytes(NodeOptions options) {
    return options
        .sharding()
        .lending()
        .map(Lending::memoryBytes)
        .orElseGet(
            () -> options.library().isPresent() ? MachineMemory.availableBytes() / 4 * 3 : 0L);
  }

  private static boolean mayHost(Swarm swarm) {
    return swarm.credentials().role().may(Permission.HOST_STAGES);
  }

  private TopologyVerticle.Surroundings surroundings() {
    return new TopologyVerticle.Surroundings(
        () ->
            swarm.cards().stream()
                .filter(card -> !card.id().equals(swarm.id()))
                .collect(Collectors.toMap(NodeCard::id, NodeCard::link, (one, _) -> one)),
        options.swarm().map(SwarmOptions::labels).orElse(Map.of()),
        options.stateDir(),
        options.sharding().lending().map(Lending::memoryBytes).orElse(0L),
        sharding::lendableBytes,
        sharding::devices,
        this::layerCosts,
        library::offers);
  }

  /** What is known of them by now, and kept, as the speed of models is. */
  private Map<String, LayerCost> layerCosts() {
    federation.ifPresent(shared -> {
      layers.lookAtPipelines(library.shapes(), chains());
      speedFile.keep(shared.learntSpeeds());
    });
    for (LentStages.Lent stage : sharding.lent()) {
      stage.figures().ifPresent(done -> layers.lookAtStage(stage.order().shape(), done));
    }
    Map<String, LayerCost> known = layers.known();
    layerFile.keep(known);
    return known;
  }

  /** What the stages of this node's pipelines have done, by model. */
  private Map<String, ChainFigures> chains() {
    Map<String, ChainFigures> chains = new HashMap<>();
    for (EnginePipeline pipeline : pipelines()) {
      pipeline.figures().ifPresent(all -> chains.put(pipeline.model().id(), all));
    }
    return chains;
  }

  private List<EnginePipeline> pipelines() {
    return Stream.concat(
            started.stream().map(OwnPipeline::driven),
            instances.stream().flatMap(all -> all.pipelines().stream()))
        .toList();
  }

  /**
   * Joins a swarm or begins one.
   *
   * @throws OptionException if the node is not admitted, or not to what it is to do
   */
  static Membership join(
      NodeOptions options, SwarmOptions joining, VertxOptions vertxOptions, String version) {
    Swarm swarm = join(options, joining, vertxOptions);
    boolean isToHost = !options.models().isEmpty() || options.sharding().lending().isPresent();
    if (isToHost && !mayHost(swarm)) {
      swarm.close();
      throw new OptionException(
          "token",
          "this node was invited as a gateway, which hosts nothing: start it with 'flotilla"
              + " federated', or ask for an invite of the role node or worker");
    }
    try {
      return new Membership(swarm, options, joining.bindHost(), version);
    } catch (IOException e) {
      swarm.close();
      throw new OptionException(
          "models-cache", "slices of models can't be kept: " + e.getMessage());
    }
  }

  private static Swarm join(NodeOptions options, SwarmOptions joining, VertxOptions vertxOptions) {
    try {
      return Swarm.start(joining, options.stateDir(), vertxOptions, Clock.systemUTC());
    } catch (TokenException e) {
      throw new OptionException("token", e.getMessage());
    } catch (OptionException e) {
      throw e;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while joining the swarm", e);
    } catch (Exception e) {
      throw new IllegalStateException("can't join the swarm: " + e.getMessage(), e);
    }
  }

  Vertx vertx() {
    return swarm.vertx();
  }

  Swarm swarm() {
    return swarm;
  }

  /** What the swarm decides. */
  SwarmHistory history() {
    return decisions.history();
  }

  /**
   * A pipeline of a model of this node, in as many stages as it is to have. Not started.
   *
   * @throws OptionException if it must not be cut
   */
  OwnPipeline pipeline(ModelFile file, EngineOptions engine) {
    return sharding.pipeline(file, engine);
  }

  /** This node's part in models over several machines. */
  SwarmSharding sharding() {
    return sharding;
  }

  /**
   * Makes this node's models the swarm's, and on a gateway the swarm's models its clients'. Once,
   * before {@link #begin}.
   *
   * @param metrics gets those of a gateway's router, and what the audit log counts
   * @return what clients of this node may ask for
   */
  ModelRegistry share(List<OwnModel> models, PrometheusRegistry metrics) {
    AuditMetrics.register(swarm.audit(), metrics);
    Federation shared = SwarmServing.of(swarm, models, speedFile.read(), gateway, version, metrics);
    federation = Optional.of(shared);
    started = models.stream().map(OwnModel::pipeline).toList();
    library.open(models, options.models());
    instances =
        Optional.of(
            new SwarmInstances(
                swarm, sharding, measured, decisions.history(), library, shared, version, options));
    return shared.models();
  }

  /** What nodes last said of themselves, by id. */
  Map<String, NodeReport> reports() {
    return measured.reports();
  }

  /** How this node's models could run over the swarm. After {@link #share}. */
  SwarmPlanning planning() {
    return new SwarmPlans(swarm, measured, sharding::topology, library::shapes);
  }

  /** Lets gateways of the swarm use this node's upstreams, and, on a gateway, uses theirs. */
  Future<?> share(Upstreams upstreams) {
    if (mayHost(swarm) && !upstreams.own().isEmpty()) {
      UpstreamDesk desk = new UpstreamDesk(upstreams, options.bodyLimitBytes());
      swarm
          .peers()
          .serve(UpstreamDesk.PATH, Permission.OPEN_SESSIONS, (_, request) -> desk.handle(request));
    }
    return swarm
        .vertx()
        .deployVerticle(
            new SwarmUpstreams(
                swarm.bus(),
                new SwarmNeighbours(swarm),
                upstreams,
                mayHost(swarm),
                gateway.isPresent()));
  }

  /**
   * Takes part.
   *
   * @param api URL of this node's API
   * @return done once a gateway knows what there is
   */
  Future<?> begin(String api) {
    swarm.announceApi(api, version, lentBytes);
    Federation shared = federation.orElseThrow();
    SwarmTrials trials =
        new SwarmTrials(
            swarm,
            measured,
            library,
            layers,
            sharding,
            this::pipelines,
            options,
            lentBytes > 0,
            topology::tellNow);
    return decisions
        .start()
        .compose(_ -> shared.start(swarm.peers()))
        .compose(_ -> swarm.vertx().deployVerticle(topology))
        .onSuccess(_ -> {
          sharding.onDevices(topology::tellNow);
          trials.begin();
        })
        .compose(_ -> instances().begin())
        .compose(_ -> shared.settled());
  }

  /** The pipelines that the swarm decides on; after {@link #share}. */
  SwarmInstances instances() {
    return instances.orElseThrow();
  }

  /** What this node serves to the swarm; after {@link #share}. */
  Federation federation() {
    return federation.orElseThrow();
  }

  /** Has gateways take their sessions elsewhere; done when they have, or after so long. */
  Future<Void> drain(long limitMillis) {
    int _ = federation().drain(true);
    return federation().drained(limitMillis);
  }

  /**
   * Says that this node leaves, and waits for others to move what they have here.
   *
   * @param patienceMillis how long at most
   */
  Future<Void> moveStages(long patienceMillis) {
    return sharding.leave(patienceMillis);
  }

  /** Gives back what was lent and borrowed. */
  Future<Void> returnStages() {
    return sharding.close();
  }

  /** Leaves the swarm and closes its Vert.x. */
  void leave() {
    swarm.close();
  }
}
