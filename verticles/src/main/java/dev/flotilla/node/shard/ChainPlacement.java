package dev.flotilla.node.shard;

import dev.flotilla.engine.EngineOptions;
import dev.flotilla.engine.process.EngineReport.StageLost;
import dev.flotilla.engine.process.StageRole.LinkTerms;
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
          return Future.succeededFuture(new FirstStage.Whole(whole));
        }

        @Override
        public Future<List<StagePeer>> replace(StageLost loss) {
          return Future.failedFuture("a whole model has no other stages");
        }
      };

  /** What the process of the first stage is told. */
  sealed interface FirstStage {
    /** How to load it, with the file of its layers. */
    EngineOptions options();

    /** The whole model. */
    record Whole(EngineOptions options) implements FirstStage {}

    /**
     * The first of several stages, which is loaded while the others are.
     *
     * @param onward where those take links, in order, once they all do; fails with an {@link
     *     dev.flotilla.engine.EngineException} of the cause {@code ENGINE_LOST} if they are to be
     *     found anew
     */
    record OfSeveral(EngineOptions options, LinkTerms terms, Future<List<StagePeer>> onward)
        implements FirstStage {}
  }

  /**
   * Finds all stages, each time that the first one's process is started. May take as long as it
   * takes until there are workers for them.
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
