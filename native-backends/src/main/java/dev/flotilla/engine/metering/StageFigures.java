package dev.flotilla.engine.metering;

import dev.flotilla.gguf.LayerRange;

/**
 * What a stage has done.
 *
 * @param layers its layers
 * @param prompts reading prompts, since the chain began
 * @param generation generating tokens, since the chain began
 * @param recentPrompts reading prompts, of late
 * @param recentGeneration generating tokens, of late
 * @param sentBytes of hidden states that it has sent on
 * @param roundTripSeconds of late on the link to the next stage, or from the last one to the first;
 *     0 if that is not known
 */
public record StageFigures(
    LayerRange layers,
    StageWork prompts,
    StageWork generation,
    StageWork recentPrompts,
    StageWork recentGeneration,
    double sentBytes,
    double roundTripSeconds) {

  /** Of late, a batch counts half after about twenty more. */
  private static final double DECAY = 0.966;

  static StageFigures none(LayerRange layers) {
    return new StageFigures(
        layers, StageWork.NONE, StageWork.NONE, StageWork.NONE, StageWork.NONE, 0, 0);
  }

  /** With one more batch. */
  StageFigures plus(boolean generates, StageWork batch, long bytes, double roundTrip) {
    return new StageFigures(
        layers,
        generates ? prompts : prompts.plus(batch),
        generates ? generation.plus(batch) : generation,
        generates ? recentPrompts : recentPrompts.times(DECAY).plus(batch),
        generates ? recentGeneration.times(DECAY).plus(batch) : recentGeneration,
        sentBytes + bytes,
        roundTrip);
  }
}
