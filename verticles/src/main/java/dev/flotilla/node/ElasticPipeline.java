package dev.flotilla.node;

import dev.flotilla.engine.StageFacts;
import dev.flotilla.node.placement.Elasticity;
import dev.flotilla.node.placement.Seat;
import dev.flotilla.node.placement.ShardedPlacement;
import dev.flotilla.node.shard.EnginePipeline;
import dev.flotilla.sharding.Pipeline;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.List;
import java.util.function.Function;
import java.util.function.Supplier;

/** A pipeline over several machines that is cut anew where that pays, while it serves. */
final class ElasticPipeline implements OwnPipeline {
  private final Recutting<Built> recutting;

  /**
   * One that is not started.
   *
   * @param builder makes a pipeline of the model, not started
   */
  ElasticPipeline(Vertx vertx, Supplier<Built> builder) {
    this.recutting = new Recutting<>(vertx, builder);
  }

  /**
   * A pipeline, and where its stages are.
   *
   * @param stopper takes it down: its stages are given back
   */
  record Built(
      EnginePipeline pipeline,
      ShardedPlacement placement,
      Function<EnginePipeline, Future<Void>> stopper)
      implements Recutting.Cut<Built> {

    @Override
    public Future<Void> build(List<Seat> stages) {
      return placement.prepare(stages).compose(_ -> pipeline.start()).mapEmpty();
    }

    @Override
    public boolean isSettled() {
      return placement.isSettled();
    }

    @Override
    public boolean hasLost() {
      return pipeline.status().restarts() > 0;
    }

    @Override
    public double speedup(Built other) {
      return placement.speedup(other.placement);
    }

    @Override
    public void improve(Elasticity elasticity) {
      placement.improve(elasticity);
    }

    @Override
    public void settle() {
      placement.settle();
    }

    @Override
    public Future<Void> takeDown() {
      return stopper.apply(pipeline);
    }
  }

  /** How it comes to be cut anew. */
  Recutting<Built> recutting() {
    return recutting;
  }

  @Override
  public Pipeline served() {
    return recutting.served();
  }

  @Override
  public EnginePipeline driven() {
    return recutting.current().pipeline();
  }

  @Override
  public int recuts() {
    return recutting.recuts();
  }

  @Override
  public Future<StageFacts> start() {
    return driven().start();
  }

  @Override
  public Future<Void> stop() {
    return Future.join(recutting.close(), driven().stop()).mapEmpty();
  }
}
