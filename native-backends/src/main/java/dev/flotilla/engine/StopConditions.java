package dev.flotilla.engine;

import java.util.List;

/**
 * When an answer ends, besides the model's own end-of-generation token.
 *
 * @param maxTokens the most tokens generated, at least 1; {@link Integer#MAX_VALUE} up to the
 *     context
 * @param stopStrings the answer ends before the first of these, none of which is ever emitted; at
 *     most {@value #MAX_STOP_STRINGS}, each of 1 to {@value #MAX_STOP_CHARS} chars
 */
public record StopConditions(int maxTokens, List<String> stopStrings) {

  /** The most stop strings of one request. */
  public static final int MAX_STOP_STRINGS = 16;

  /** The longest stop string. */
  public static final int MAX_STOP_CHARS = 1024;

  public StopConditions {
    SamplingOptions.requireBetween("max_tokens", maxTokens, 1, Integer.MAX_VALUE);
    SamplingOptions.requireBetween("stop entries", stopStrings.size(), 0, MAX_STOP_STRINGS);
    stopStrings = List.copyOf(stopStrings);
    stopStrings.forEach(stop ->
        SamplingOptions.requireBetween("stop characters", stop.length(), 1, MAX_STOP_CHARS));
  }
}
