package dev.flotilla.node.api;

import dev.flotilla.engine.Mirostat;
import dev.flotilla.engine.SamplingOptions;
import dev.flotilla.engine.StopConditions;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * What a request gets for the sampling fields that it leaves out; bounds are those of {@link
 * SamplingOptions}.
 *
 * @param temperature 0 chooses the likeliest token
 * @param topK candidates kept, 0 keeps all
 * @param topP nucleus mass kept
 * @param minP least probability kept, relative to the likeliest
 * @param typicalP locally typical mass kept
 * @param repeatPenalty divides the logits of recent tokens, 1 is none
 * @param repeatLastN how many recent tokens the penalties look at
 * @param frequencyPenalty subtracted once per recent occurrence
 * @param presencePenalty subtracted once for having occurred
 * @param mirostatTau target surprise of mirostat where a request turns it on
 * @param mirostatEta learning rate of mirostat where a request turns it on
 * @param seed the seed; empty draws a new one for every request
 * @param maxTokens the most tokens generated; {@link Integer#MAX_VALUE} up to the context
 */
public record SamplingDefaults(
    float temperature,
    int topK,
    float topP,
    float minP,
    float typicalP,
    float repeatPenalty,
    int repeatLastN,
    float frequencyPenalty,
    float presencePenalty,
    float mirostatTau,
    float mirostatEta,
    OptionalLong seed,
    int maxTokens) {

  /** llama.cpp's own. */
  public static final SamplingDefaults LLAMA_CPP =
      new SamplingDefaults(
          0.8f, 40, 0.95f, 0.05f, 1, 1, 64, 0, 0, 5, 0.1f, OptionalLong.empty(), Integer.MAX_VALUE);

  /**
   * Defaults within the engine's bounds.
   *
   * @throws dev.flotilla.engine.EngineException naming the field that is out of them
   */
  public SamplingDefaults {
    new SamplingOptions(
        temperature,
        topK,
        topP,
        minP,
        typicalP,
        repeatPenalty,
        repeatLastN,
        frequencyPenalty,
        presencePenalty,
        Map.of(),
        0,
        Optional.of(new Mirostat(2, mirostatTau, mirostatEta)),
        Optional.empty(),
        false,
        -1);
    new StopConditions(maxTokens, List.of());
  }
}
