package dev.flotilla.engine.metering;

import java.util.List;

/**
 * What a chain has done since it began, and how it is of late.
 *
 * @param stages in order
 * @param recoveries how often a stage was lost and the chain linked again
 * @param pauseSeconds how long all of that took
 * @param lastPauseSeconds how long the last of it took
 * @param draftedTokens guessed ahead, and computed
 * @param acceptedTokens those of them that were right
 */
public record ChainFigures(
    List<StageFigures> stages,
    int recoveries,
    double pauseSeconds,
    double lastPauseSeconds,
    long draftedTokens,
    long acceptedTokens) {
  public ChainFigures {
    stages = List.copyOf(stages);
  }

  /** Of late, how long a step of generation takes, from the first stage until its answer. */
  public double stepSeconds() {
    double seconds = 0;
    for (StageFigures stage : stages) {
      StageWork step = stage.recentGeneration().perBatch();
      seconds += step.computeSeconds() + step.waitSeconds() + step.networkSeconds();
    }
    return seconds;
  }
}
