package dev.flotilla.node;

import dev.flotilla.engine.ComputeDevices;
import dev.flotilla.engine.EngineOptions;
import dev.flotilla.engine.process.StageRole.LinkIdentity;
import dev.flotilla.gguf.GgufException;
import dev.flotilla.node.ElasticPipeline.Built;
import dev.flotilla.node.auth.Credentials;
import dev.flotilla.node.lending.Lending;
import dev.flotilla.node.lending.LentStages;
import dev.flotilla.node.lending.LentStages.Lent;
import dev.flotilla.node.lending.StageDesk;
import dev.flotilla.node.lending.StageHosting;
import dev.flotilla.node.lending.StagePorts;
import dev.flotilla.node.lending.WorkerAnnouncements;
import dev.flotilla.node.lending.WorkerDirectory;
import dev.flotilla.node.placement.Head;
import dev.flotilla.node.placement.ModelShelf;
import dev.flotilla.node.placement.Seat;
import dev.flotilla.node.placement.ShardedModel;
import dev.flotilla.node.placement.ShardedPlacement;
import dev.flotilla.node.placement.ShardedPlacement.PlacedStage;
import dev.flotilla.node.placement.StagePlan;
import dev.flotilla.node.placement.SwarmTopology;
import dev.flotilla.node.shard.ChainPlacement;
import dev.flotilla.node.shard.EngineLauncher;
import dev.flotilla.node.shard.EnginePipeline;
import dev.flotilla.node.shard.EngineSupply;
import dev.flotilla.node.shard.MachineMemory;
import dev.flotilla.node.shard.ModelFile;
import dev.flotilla.node.shard.RestartPolicy;
import dev.flotilla.node.topology.DeviceFile;
import dev.flotilla.node.topology.TopologyDirectory;
import dev.flotilla.sharding.plan.ModelShape;
import dev.flotilla.sharding.plan.ShardSetting;
import dev.flotilla.sharding.plan.Topology;
import dev.flotilla.sharding.store.ManifestLibrary;
import dev.flotilla.sharding.store.OwnedModels;
import dev.flotilla.sharding.store.SliceServer;
import dev.flotilla.sharding.store.SliceStore;
import dev.flotilla.tokens.Hex;
import dev.flotilla.tokens.LinkCredentials;
import dev.flotilla.tokens.NodeId;
import dev.flotilla.tokens.PeerAddress;
import dev.flotilla.tokens.Permission;
import io.vertx.core.Future;
import java.io.IOException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A node's part in models that run over several machines of its swarm. */
final class SwarmSharding {
  private static final Logger log = LoggerFactory.getLogger(SwarmSharding.class);
  private static final int PIPELINE_BYTES = 16;

  private final Swarm swarm;
  private final ShardingOptions options;
  private final ShardingRules rules;
  private final Path libraryFolder;
  private final TopologyDirectory measured;
  private final String version;
  private final SecureRandom random = new SecureRandom();
  private final WorkerDirectory workers;
  private final SliceStore slices;
  private final ModelShelf shelf;
  private final FoundDevices devices;
  private final EngineLauncher launcher;
  private final EngineSupply engines;
  private final Optional<LentStages> lent;
  private final Map<EnginePipeline, ShardedPlacement> placements = new ConcurrentHashMap<>();

  /**
   * Takes part from now on.
   *
   * @param bindHost address that stages listen on
   * @param measured what is known of the swarm's machines
   * @param deviceFile keeps what engines here find to compute with
   * @param stateDir folder of this node
   */
  SwarmSharding(
      Swarm swarm,
      TopologyDirectory measured,
      DeviceFile deviceFile,
      ShardingOptions options,
      String bindHost,
      Path stateDir,
      String version)
      throws IOException {
    this.swarm = swarm;
    this.measured = measured;
    this.devices = new FoundDevices(deviceFile);
    this.launcher = EngineLauncher.standard(devices::found);
    this.options = options;
    this.rules = new ShardingRules(options.setting(), options.uncertified());
    this.libraryFolder = stateDir.resolve("cache");
    this.version = version;
    this.workers = new WorkerDirectory(swarm.cluster()::members, System::nanoTime);
    this.slices = new SliceStore(options.sliceFolder(), options.sliceBytes());
    OwnedModels owned = new OwnedModels();
    this.shelf = new ModelShelf(new ManifestLibrary(stateDir.resolve("manifests")), owned, slices);
    SliceServer server = new SliceServer(swarm.vertx(), List.of(owned, slices));
    swarm.peers().serve("/slices", Permission.FETCH_SLICES, (_, request) -> server.handle(request));
    WorkerAnnouncements.follow(swarm.bus(), workers);
    this.engines = new EngineSupply(swarm.vertx(), launcher, libraryFolder, this::identity);
    this.lent = options.lending().map(lending -> lend(lending, bindHost));
    swarm.credentials().onChange(this::credentialsChanged);
  }

  private LentStages lend(Lending lending, String bindHost) {
    Credentials credentials = swarm.credentials();
    StageHosting hosting =
        new StageHosting(
            swarm.vertx(),
            lending,
            slices,
            libraryFolder,
            engines,
            swarm.peers(),
            this::link,
            workers,
            this::identity,
            version,
            bindHost,
            new StagePorts(lending.stagePorts(), bindHost),
            () -> swarm.cluster().address().host());
    engines.keepSpare(lending.backend());
    LentStages stages = new LentStages(hosting, head -> !credentials.trust().revoked(head));
    swarm.peers().serve(StageDesk.PATH, Permission.PLACE_MODELS, new StageDesk(stages)::handle);
    WorkerAnnouncements.announce(swarm.vertx(), swarm.bus(), stages::offer);
    log.info(
        "this node lends {} MiB and {} threads to its swarm",
        lending.memoryBytes() >> 20,
        lending.threads());
    return stages;
  }

  /** Where a node's link port is. */
  Optional<PeerAddress> link(NodeId node) {
    return swarm.cards().stream()
        .filter(card -> card.id().equals(node))
        .map(NodeCard::link)
        .findFirst();
  }

  private LinkIdentity identity() {
    Credentials credentials = swarm.credentials();
    return new LinkIdentity(
        LinkCredentials.issue(
                credentials.identity(), credentials.certificate(), credentials.trust(), random)
            .encode());
  }

  private void credentialsChanged() {
    placements.keySet().forEach(pipeline -> pipeline.renewLinks(identity()));
    lent.ifPresent(LentStages::credentialsChanged);
  }

  /**
   * A pipeline of a model, in as many stages as it is to have. Not started.
   *
   * @throws OptionException if it must not be cut
   */
  OwnPipeline pipeline(ModelFile file, EngineOptions engine) {
    return rules.cuts(file, engine)
        ? new ElasticPipeline(swarm.vertx(), () -> planned(file, engine))
        : new OwnPipeline.Fixed(pipeline(file, engine, Optional.empty()));
  }

  private Built planned(ModelFile file, EngineOptions engine) {
    ShardedPlacement placement =
        placement(file, engine, options.setting(), new StagePlan.Planned());
    return new Built(pipeline(file, engine, Optional.of(placement)), placement, this::stop);
  }

  /**
   * A pipeline of exactly these stages, be it one, as the swarm has decided on them. Not started;
   * once it is, it waits for its workers until all are there.
   *
   * @param stages in order; the first one is this node's
   * @throws IllegalArgumentException if they are not all layers of the model, or begin elsewhere
   * @throws OptionException if the model must not be cut
   */
  EnginePipeline decided(ModelFile file, EngineOptions engine, List<Seat> stages) {
    StagePlan.Decided plan = new StagePlan.Decided(stages);
    plan.requireAllOf(file.card().layers(), id());
    return pipeline(file, engine, decided(file, engine, plan));
  }

  /** Has a pipeline's stages loaded exactly there or not at all, before it is started. */
  Future<Void> prepare(EnginePipeline pipeline, List<Seat> stages) {
    ShardedPlacement placement = placements.get(pipeline);
    return placement == null ? Future.succeededFuture() : placement.prepare(stages);
  }

  private Optional<ShardedPlacement> decided(
      ModelFile file, EngineOptions engine, StagePlan.Decided plan) {
    int stages = plan.stages().size();
    if (stages == 1) {
      return Optional.empty();
    }
    rules.requireCertified(file);
    return Optional.of(placement(file, engine, new ShardSetting.Stages(stages), plan));
  }

  /** Takes a pipeline down again: its sessions end, its stages are given back. */
  Future<Void> stop(EnginePipeline pipeline) {
    ShardedPlacement placement = placements.remove(pipeline);
    return pipeline
        .stop()
        .compose(_ ->
            placement == null
                ? Future.succeededFuture()
                : swarm
                    .vertx()
                    .executeBlocking(
                        () -> {
                          placement.close();
                          return null;
                        },
                        false));
  }

  private EnginePipeline pipeline(
      ModelFile file, EngineOptions engine, Optional<ShardedPlacement> placement) {
    EnginePipeline pipeline =
        new EnginePipeline(
            swarm.vertx(),
            file.card(),
            engine,
            libraryFolder,
            engines,
            RestartPolicy.STANDARD,
            placement.map(ChainPlacement.class::cast).orElse(ChainPlacement.WHOLE));
    placement.ifPresent(placed -> {
      engines.hurrySpare(engine.backend());
      placements.put(pipeline, placed);
    });
    return pipeline;
  }

  /** This node. */
  NodeId id() {
    return swarm.id();
  }

  /**
   * Whether it would help to place a pipeline of this node to know how fast this machine is. While
   * it is not known what engines here compute with, that can't be told.
   */
  boolean isToBeMeasured(EnginePipeline pipeline) {
    ShardedPlacement placement = placements.get(pipeline);
    return placement != null
        && !devices().equals(ComputeDevices.UNKNOWN)
        && placement.isToBeMeasured();
  }

  /** The stages of a pipeline of this node; none if it has only one, or is not placed yet. */
  List<PlacedStage> stages(EnginePipeline pipeline) {
    return Optional.ofNullable(placements.get(pipeline))
        .map(ShardedPlacement::stages)
        .orElse(List.of());
  }

  /** The stages that are hosted here for other nodes. */
  List<Lent> lent() {
    return lent.map(LentStages::lent).orElse(List.of());
  }

  private ShardedPlacement placement(
      ModelFile file, EngineOptions engine, ShardSetting setting, StagePlan plan) {
    try {
      ShardedModel model =
          new ShardedModel(
              file.card(),
              file.model(),
              ModelShape.of(file.card().id(), file.model()),
              engine.withContext(ShardingRules.context(file, engine)),
              setting,
              plan,
              options.activations());
      return new ShardedPlacement(head(), model, Hex.random(PIPELINE_BYTES));
    } catch (GgufException e) {
      throw new OptionException("shard", "the model can't be cut: " + e.getMessage());
    }
  }

  private Head head() {
    return new Head(
        swarm.vertx(),
        swarm.id(),
        swarm.peers(),
        this::link,
        workers,
        () -> measured.topology(swarm.id()),
        measured::areTwins,
        this::identity,
        MachineMemory::availableBytes,
        shelf,
        version);
  }

  /** The swarm as pipelines of this node are planned on it. */
  Topology topology() {
    return SwarmTopology.of(
        swarm.id(),
        MachineMemory.availableBytes(),
        Runtime.getRuntime().availableProcessors(),
        workers.offers(),
        version,
        measured.topology(swarm.id()));
  }

  /** How engine processes of this node are started. */
  EngineLauncher launcher() {
    return launcher;
  }

  /** What they found to compute with; nothing until one has started. */
  ComputeDevices devices() {
    return devices.known();
  }

  /** Calls somebody whenever they have found more, from now on. */
  void onDevices(Runnable listener) {
    devices.onChange(listener);
  }

  /** What workers lend. */
  WorkerDirectory workers() {
    return workers;
  }

  /** Memory that this node lends and no stage takes. */
  long lendableBytes() {
    return lent.map(stages -> stages.offer().freeBytes()).orElse(0L);
  }

  /**
   * Says that this node leaves, and waits for others to move the stages that are here.
   *
   * @param patienceMillis how long at most
   */
  Future<Void> leave(long patienceMillis) {
    return lent.map(
            stages -> {
              Future<Void> moved = stages.leave(patienceMillis);
              WorkerAnnouncements.announceNow(swarm.bus(), stages.offer());
              return moved;
            })
        .orElseGet(Future::succeededFuture);
  }

  /** Gives back what was placed and ends what is hosted. */
  Future<Void> close() {
    return swarm
        .vertx()
        .executeBlocking(
            () -> {
              placements.values().forEach(ShardedPlacement::close);
              shelf.close();
              return null;
            },
            false)
        .onComplete(_ -> engines.close())
        .compose(_ -> lent.map(LentStages::close).orElseGet(Future::succeededFuture));
  }
}
