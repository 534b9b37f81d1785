package dev.flotilla.node.shard;

import dev.flotilla.engine.EngineOptions;
import dev.flotilla.engine.process.EngineReport.StageLost;
import dev.flotilla.engine.process.StageRole;
import dev.flotilla.engine.process.StageRole.StagePeer;
import io.vertx.core.Future;
import java.util.List;

/** Finds the stages after the first one of a pipeline. */
public interface ChainPlacement {
  /** There are none. */
  ChainPlacement WHOLE =
      new ChainPlacement() {
        @Override
        public Future<FirstStage> first(EngineOptions whole) {
          return Future.succeededFuture(new FirstStage(whole, new StageRole.Whole()));
        }

        @Override
        public Future<List<StagePeer>> replace(StageLost loss) {
          return Future.failedFuture("a whole model has no other stages");
        }
      };

  /**
   * What the process of the first stage is told.
   *
   * @param options with the file of its layers
   */
  record FirstStage(EngineOptions options, StageRole role) {}

  /**
   * Finds all stages, each time that the first one's process is started. May take as long as it
   * takes to fetch a model.
   *
   * @param whole options with the file of the whole model
   * @return fails with an {@link dev.flotilla.engine.EngineException} if it is of no use to try on
   */
  Future<FirstStage> first(EngineOptions whole);

  /**
   * Finds another stage for a lost one.
   *
   * @return where all stages after the first are now; fails while there is no capacity, after which
   *     it is asked again
   */
  Future<List<StagePeer>> replace(StageLost loss);
}
