package dev.flotilla.sharding.chain;

import dev.flotilla.engine.StageFacts;
import dev.flotilla.sharding.link.ActivationType;
import dev.flotilla.sharding.link.LinkFrame.Build;

/**
 * What all stages of a chain agree on.
 *
 * @param build what they run
 * @param model a digest of the whole model
 * @param activations how hidden states travel
 * @param batchRows rows of a batch
 */
public record ChainShape(Build build, String model, ActivationType activations, int batchRows) {

  /** What a row takes between two stages. */
  int rowBytes(StageFacts facts) {
    return activations.bytes(facts.embeddingWidth());
  }
}
