package dev.flotilla.engine;

import dev.flotilla.gguf.LayerRange;

/**
 * What a stage turned out to be once loaded.
 *
 * @param architecture the architecture as GGUF names it
 * @param layers the layers it holds
 * @param modelLayers layers of the whole model
 * @param slots sequences its KV cache has room for
 * @param contextTokens positions each of them may use
 * @param trainedContext tokens of context the model was trained on
 * @param vocabularySize entries of the vocabulary
 * @param embeddingWidth width of the hidden state
 * @param parameters weights in its tensors
 * @param modelBytes memory of its weights
 * @param device what computes it, for people
 * @param generates whether it can generate text, rather than only embed it
 */
public record StageFacts(
    String architecture,
    LayerRange layers,
    int modelLayers,
    int slots,
    int contextTokens,
    int trainedContext,
    int vocabularySize,
    int embeddingWidth,
    long parameters,
    long modelBytes,
    String device,
    boolean generates) {

  /** Whether it begins the model: its input is tokens, not hidden states. */
  public boolean first() {
    return layers.from() == 0;
  }

  /** Whether it ends the model: its output is logits, not hidden states. */
  public boolean last() {
    return layers.to() == modelLayers;
  }
}
