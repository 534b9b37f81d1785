package dev.flotilla.node.placement;

import dev.flotilla.node.placement.Change.Recut;
import io.vertx.core.Future;

/**
 * Lets a pipeline change while it serves.
 *
 * @param judge of this pipeline, and of those that take its place
 */
public record Elasticity(ChangeJudge judge, Recutter recutter) {

  /** Builds another pipeline of the same model beside one that serves. */
  @FunctionalInterface
  public interface Recutter {
    /** Completes once it has taken the other's place; fails if that serves on instead. */
    Future<Void> recut(Recut recut);
  }
}
