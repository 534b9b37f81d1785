package dev.flotilla.node.shard;

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
        public Future<StageRole> role() {
          return Future.succeededFuture(new StageRole.Whole());
        }

        @Override
        public Future<List<StagePeer>> replace(StageLost loss) {
          return Future.failedFuture("a whole model has no other stages");
        }
      };

  /** What the first stage is told, each time that its process is started. */
  Future<StageRole> role();

  /**
   * Finds another stage for a lost one.
   *
   * @return where all stages after the first are now; fails while there is no capacity, after which
   *     it is asked again
   */
  Future<List<StagePeer>> replace(StageLost loss);
}
