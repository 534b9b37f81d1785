package dev.flotilla.node;

import dev.flotilla.engine.StageFacts;
import dev.flotilla.node.shard.EnginePipeline;
import dev.flotilla.sharding.Pipeline;
import io.vertx.core.Future;

/** A pipeline that this node drives, for as long as it serves the model. Any thread. */
sealed interface OwnPipeline permits OwnPipeline.Fixed, ElasticPipeline {

  /** Where sessions are opened. */
  Pipeline served();

  /** What they run on now. */
  EnginePipeline driven();

  /** How often another one has taken the place of what they ran on. */
  int recuts();

  /** Starts it; fails with an {@link dev.flotilla.engine.EngineException} if it is given up. */
  Future<StageFacts> start();

  /** Ends it; sessions still running fail. */
  Future<Void> stop();

  /** One that stays as it is cut, if it is. */
  record Fixed(EnginePipeline driven) implements OwnPipeline {
    @Override
    public Pipeline served() {
      return driven;
    }

    @Override
    public int recuts() {
      return 0;
    }

    @Override
    public Future<StageFacts> start() {
      return driven.start();
    }

    @Override
    public Future<Void> stop() {
      return driven.stop();
    }
  }
}
