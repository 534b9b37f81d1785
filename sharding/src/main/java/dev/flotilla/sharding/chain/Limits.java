package dev.flotilla.sharding.chain;

import dev.flotilla.engine.StageFacts;
import dev.flotilla.sharding.link.LinkFrame.Hello;
import dev.flotilla.sharding.link.LinkLimits;

/** The limits of a chain's links. */
final class Limits {
  private Limits() {}

  static LinkLimits of(ChainShape shape, StageFacts facts, Hello hello) {
    return new LinkLimits(shape.batchRows(), facts.embeddingWidth(), hello.activations());
  }
}
