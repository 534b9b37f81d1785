package dev.flotilla.node;

import dev.flotilla.engine.metering.ChainFigures;
import dev.flotilla.node.lending.PeerDocuments;
import dev.flotilla.node.shard.EngineLauncher;
import dev.flotilla.node.shard.EnginePipeline;
import dev.flotilla.node.shard.MachineMemory;
import dev.flotilla.node.topology.ModelOffer;
import dev.flotilla.node.topology.NodeReport;
import dev.flotilla.node.topology.TopologyDirectory;
import dev.flotilla.node.trials.LayerSample;
import dev.flotilla.node.trials.LayerTrials;
import dev.flotilla.node.trials.TrialEngine;
import dev.flotilla.sharding.PipelineStatus;
import dev.flotilla.sharding.plan.StageShape;
import dev.flotilla.tokens.NodeId;
import dev.flotilla.tokens.Permission;
import io.vertx.core.Future;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.function.Supplier;

/**
 * Has a node that may compute for its swarm learn how fast it would be, and tell the others what
 * they need to know for the same of this node's models.
 */
final class SwarmTrials implements LayerTrials.Host {
  private static final long LOOK_MILLIS = 250;

  private final Swarm swarm;
  private final TopologyDirectory measured;
  private final ModelLibrary library;
  private final MeasuredLayers layers;
  private final SwarmSharding sharding;
  private final Supplier<List<EnginePipeline>> pipelines;
  private final Optional<TrialEngine> engine;
  private final boolean lends;
  private final boolean bounded;
  private final Runnable learnt;
  private final PeerDocuments samples;

  /**
   * Not begun.
   *
   * @param pipelines that this node drives now
   * @param lends whether other nodes' pipelines may be computed here
   * @param learnt called when more is known
   */
  SwarmTrials(
      Swarm swarm,
      TopologyDirectory measured,
      ModelLibrary library,
      MeasuredLayers layers,
      SwarmSharding sharding,
      Supplier<List<EnginePipeline>> pipelines,
      NodeOptions options,
      boolean lends,
      Runnable learnt) {
    this.swarm = swarm;
    this.measured = measured;
    this.library = library;
    this.layers = layers;
    this.sharding = sharding;
    this.pipelines = pipelines;
    this.lends = lends;
    this.learnt = learnt;
    this.engine =
        Computing.of(options).map(how -> engine(swarm, sharding.launcher(), options, how));
    this.bounded = options.sharding().lending().isPresent();
    this.samples =
        new PeerDocuments(swarm.peers(), sharding::link, "/samples", LayerSample.MAX_BYTES);
  }

  /** The spare process is for streams that wait. */
  private static TrialEngine engine(
      Swarm swarm, EngineLauncher launcher, NodeOptions options, Computing how) {
    return new TrialEngine(
        swarm.vertx(), launcher, how.backend(), how.threads(), options.stateDir().resolve("cache"));
  }

  /** Takes part from now on. */
  void begin() {
    samples.serve(
        Permission.FETCH_SLICES, digest -> library.sampleOf(digest).map(LayerSample::toJson));
    if (engine.isPresent()) {
      LayerTrials trials = new LayerTrials(this, System::nanoTime);
      swarm.vertx().setPeriodic(LOOK_MILLIS, _ -> look(trials));
    }
  }

  /** Asks the system what memory is free, which event loops should not wait for. */
  private void look(LayerTrials trials) {
    var _ = swarm.vertx().executeBlocking(trials::look, false);
  }

  @Override
  public Map<String, NodeReport> reports() {
    return measured.reports();
  }

  /**
   * Layers of other nodes' models if this node lends, and of its own that may come to be cut, if
   * where depends on it; how fast a model is here that runs its sessions say. A node alone plans
   * nothing.
   */
  @Override
  public boolean mayCompute(String owner, ModelOffer model) {
    if (measured.reports().size() < 2) {
      return false;
    }
    return isOwn(owner)
        ? !model.served() || pipelines.get().stream().anyMatch(isToBeMeasured(model))
        : lends;
  }

  private Predicate<EnginePipeline> isToBeMeasured(ModelOffer model) {
    return pipeline ->
        pipeline.model().id().equals(model.id()) && sharding.isToBeMeasured(pipeline);
  }

  @Override
  public boolean isIdle() {
    return sharding.lent().isEmpty()
        && pipelines.get().stream().map(EnginePipeline::status).allMatch(SwarmTrials::isIdle);
  }

  private static boolean isIdle(PipelineStatus status) {
    return status.running() == 0 && status.queued() == 0;
  }

  /** What a node lends bounds stages of others' models; its own may take all that there is. */
  @Override
  public long freeBytes(String owner) {
    long available = MachineMemory.availableBytes();
    return bounded && !isOwn(owner) ? Math.min(available, sharding.lendableBytes()) : available;
  }

  private boolean isOwn(String owner) {
    return owner.equals(swarm.id().hex());
  }

  @Override
  public Future<LayerSample> sample(String owner, String digest) {
    Optional<LayerSample> own = library.sampleOf(digest);
    return own.isPresent()
        ? Future.succeededFuture(own.get())
        : samples.fetch(new NodeId(owner), digest).map(LayerSample::of);
  }

  @Override
  public boolean isKnown(String costKey) {
    return layers.known().containsKey(costKey);
  }

  @Override
  public Future<ChainFigures> run(LayerSample sample) {
    return engine.orElseThrow().run(sample);
  }

  @Override
  public void cancel() {
    engine.ifPresent(TrialEngine::cancel);
  }

  @Override
  public void learn(StageShape shape, ChainFigures figures) {
    layers.lookAtStage(shape, figures);
    learnt.run();
  }
}
