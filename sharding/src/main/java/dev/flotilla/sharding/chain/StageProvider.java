package dev.flotilla.sharding.chain;

import dev.flotilla.engine.EngineException;
import dev.flotilla.sharding.link.StageAddress;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** Finds the stages of a chain again when one of them is lost. */
@FunctionalInterface
public interface StageProvider {

  /**
   * Where the stages are now, with another one in the place of a lost one.
   *
   * @return the addresses of all stages after the first, in order; fails with an {@link
   *     EngineException} while there is no capacity, after which it is asked again
   */
  CompletableFuture<List<StageAddress>> replace(Loss loss);

  /**
   * A stage that was lost.
   *
   * @param stage its place in the chain
   * @param reason what was noticed
   * @param attempt how often the chain could not be linked since it was lost
   */
  record Loss(int stage, EngineException reason, int attempt) {}
}
