package dev.flotilla.node;

import dev.flotilla.chat.JinjaChatTemplate;
import dev.flotilla.federation.HandoverPipeline;
import dev.flotilla.federation.ModelDescription;
import dev.flotilla.federation.state.Placement;
import dev.flotilla.federation.state.SwarmHistory;
import dev.flotilla.gguf.LayerRange;
import dev.flotilla.node.api.ServedModel;
import dev.flotilla.node.federation.Federation;
import dev.flotilla.node.instances.Demand;
import dev.flotilla.node.instances.DemandOptions;
import dev.flotilla.node.instances.InstanceHost;
import dev.flotilla.node.instances.InstanceVerticle;
import dev.flotilla.node.instances.Instances;
import dev.flotilla.node.instances.LoadMeter;
import dev.flotilla.node.instances.ModelShapes;
import dev.flotilla.node.instances.RebalanceVerticle;
import dev.flotilla.node.instances.ScalingVerticle;
import dev.flotilla.node.instances.SwarmView;
import dev.flotilla.node.placement.Seat;
import dev.flotilla.node.shard.EnginePipeline;
import dev.flotilla.node.topology.TopologyDirectory;
import dev.flotilla.sharding.PipelineStatus;
import dev.flotilla.tokens.NodeId;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A node's part in the pipelines that its swarm decides on: it asks for them, and sets up those
 * that it is to drive.
 */
final class SwarmInstances implements InstanceHost {
  private static final Logger log = LoggerFactory.getLogger(SwarmInstances.class);
  private static final long SCAN_MILLIS = 10_000;

  private final Swarm swarm;
  private final SwarmSharding sharding;
  private final ModelLibrary library;
  private final Federation federation;
  private final long drainMillis;
  private final ModelShapes shapes;
  private final Demand demand;
  private final ScalingVerticle scaling;
  private final RebalanceVerticle rebalance;
  private final ScanVerticle scans;
  private final InstanceVerticle verticle;
  private final Set<EnginePipeline> pipelines = ConcurrentHashMap.newKeySet();

  /**
   * Not begun.
   *
   * @param options of this node
   */
  SwarmInstances(
      Swarm swarm,
      SwarmSharding sharding,
      TopologyDirectory measured,
      SwarmHistory history,
      ModelLibrary library,
      Federation federation,
      String version,
      NodeOptions options) {
    this.swarm = swarm;
    this.sharding = sharding;
    this.library = library;
    this.federation = federation;
    this.drainMillis = options.drainMillis();
    this.shapes = new ModelShapes(swarm.peers(), sharding::link, library::shapeOf);
    Instances instances =
        new Instances(
            swarm.vertx(),
            swarm.id().hex(),
            history,
            () ->
                new SwarmView(
                    history.state(), measured.reports(), sharding.workers().offers(), version),
            shapes,
            options.gateway().isPresent());
    this.scans = new ScanVerticle(library::scan, SCAN_MILLIS);
    this.verticle = new InstanceVerticle(swarm.id().hex(), history, this);
    DemandOptions wanted = demand(options, swarm.id());
    LoadMeter meter = new LoadMeter(SwarmInstances::nowMillis);
    federation.follow(meter::heard);
    this.demand = new Demand(swarm.vertx(), instances, meter, wanted, SwarmInstances::nowMillis);
    this.scaling = new ScalingVerticle(instances, meter, wanted, SwarmInstances::nowMillis);
    this.rebalance = new RebalanceVerticle(instances, wanted.rebalance());
  }

  /** Clients of a node that is no gateway reach what it drives itself, and nothing else. */
  private static DemandOptions demand(NodeOptions options, NodeId self) {
    DemandOptions given = options.demand();
    return new DemandOptions(
        given.load(),
        given.loadMillis(),
        given.mostReplicas(),
        given.scaling(),
        given.rebalance(),
        options.gateway().isPresent() ? Set.of() : Set.of(self.hex()));
  }

  private static long nowMillis() {
    return TimeUnit.NANOSECONDS.toMillis(System.nanoTime());
  }

  /** What asks the swarm for pipelines. */
  Demand demand() {
    return demand;
  }

  /** The pipelines that the swarm has this node drive now. */
  List<EnginePipeline> pipelines() {
    return List.copyOf(pipelines);
  }

  /** Sets up what the swarm has decided, from now on. The library is open. */
  Future<?> begin() {
    shapes.serve();
    return swarm
        .vertx()
        .deployVerticle(scans)
        .compose(_ -> swarm.vertx().deployVerticle(verticle))
        .compose(_ -> swarm.vertx().deployVerticle(scaling))
        .compose(_ -> swarm.vertx().deployVerticle(rebalance));
  }

  /** Sets up and takes down nothing any more, and ends what is set up; the swarm still wants it. */
  Future<Void> close() {
    return Future.join(undeploy(scans), undeploy(verticle))
        .compose(_ -> Future.join(pipelines.stream().map(sharding::stop).toList()))
        .mapEmpty();
  }

  private Future<Void> undeploy(VerticleBase deployed) {
    return deployed.deploymentID() == null
        ? Future.succeededFuture()
        : swarm.vertx().undeploy(deployed.deploymentID());
  }

  @Override
  public Files files() {
    return library.drivable();
  }

  @Override
  public Future<Driven> start(Placement placement) {
    return swarm.vertx().executeBlocking(() -> set(placement), false);
  }

  private Driven set(Placement placement) {
    ModelLibrary.Book book = book(placement);
    // What can fail comes first: then there is nothing to take down.
    JinjaChatTemplate template = book.file().template();
    ModelDescription description = SwarmServing.describe(book.file(), template);
    EnginePipeline pipeline = build(book, seats(placement));
    var _ =
        pipeline
            .start()
            .onFailure(cause -> log.warn("{} is not set up", placement.pipelineId(), cause));
    HandoverPipeline served = new HandoverPipeline(swarm.vertx(), pipeline);
    federation.host(new ServedModel(served, template), description);
    return new Hosted(placement.modelId(), served, pipeline, Optional.empty());
  }

  private ModelLibrary.Book book(Placement placement) {
    return library
        .find(placement.modelId())
        .orElseThrow(() -> new OptionException("model", "its file is gone"));
  }

  private static List<Seat> seats(Placement placement) {
    return placement.stages().stream()
        .map(stage ->
            new Seat(
                new LayerRange(stage.from(), stage.to()),
                stage.memoryBytes(),
                new NodeId(stage.nodeId())))
        .toList();
  }

  private EnginePipeline build(ModelLibrary.Book book, List<Seat> seats) {
    EnginePipeline pipeline = sharding.decided(book.file(), book.engine(), seats);
    pipelines.add(pipeline);
    return pipeline;
  }

  /** A build of an instance. Builds of one instance on this node serve one after the other. */
  private final class Hosted implements Driven {
    private final String modelId;
    private final HandoverPipeline served;
    private final EnginePipeline pipeline;
    private volatile Optional<Hosted> before;
    private volatile Optional<String> problem = Optional.empty();

    /**
     * One that loads.
     *
     * @param before what serves until it takes over; empty if it serves itself
     */
    Hosted(
        String modelId, HandoverPipeline served, EnginePipeline pipeline, Optional<Hosted> before) {
      this.modelId = modelId;
      this.served = served;
      this.pipeline = pipeline;
      this.before = before;
    }

    @Override
    public PipelineStatus status() {
      PipelineStatus now = pipeline.status();
      return problem.map(now::failed).orElse(now);
    }

    @Override
    public Future<Driven> beside(Placement next) {
      return swarm.vertx().executeBlocking(() -> setBeside(next), false);
    }

    /** Where it can't be as it was planned it is not worth to be. */
    private Driven setBeside(Placement next) {
      List<Seat> seats = seats(next);
      EnginePipeline other = build(book(next), seats);
      Hosted hosted = new Hosted(modelId, served, other, Optional.of(this));
      var _ =
          sharding
              .prepare(other, seats)
              .compose(_ -> other.start())
              .onFailure(cause -> hosted.problem = Optional.of(String.valueOf(cause.getMessage())));
      return hosted;
    }

    @Override
    public Future<Void> takeOver() {
      Hosted last = before.orElseThrow();
      before = Optional.empty();
      return served.handOver(pipeline).compose(_ -> last.giveBack());
    }

    @Override
    public Future<Void> stop() {
      return before.isPresent()
          ? giveBack()
          : federation.withdraw(modelId, drainMillis).compose(_ -> giveBack());
    }

    private Future<Void> giveBack() {
      return sharding.stop(pipeline).onComplete(_ -> pipelines.remove(pipeline));
    }
  }
}
