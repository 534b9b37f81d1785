package dev.flotilla.benchmarks;

import dev.flotilla.cli.bench.Target;
import java.io.IOException;

/**
 * What one answer took.
 *
 * @param promptTokens that were read
 * @param tokens of the answer
 * @param firstSeconds until its first token
 * @param restSeconds from there to its end
 */
record TimedAnswer(int promptTokens, int tokens, double firstSeconds, double restSeconds) {

  /** Asks for an answer of exactly so many tokens, and waits until it has ended. */
  static TimedAnswer of(Target target, int[] prompt, int tokens)
      throws IOException, InterruptedException {
    long askedNanos = System.nanoTime();
    try (RunningStream stream = RunningStream.start(target, prompt, tokens)) {
      stream.awaitEnd();
      long endNanos = System.nanoTime();
      long firstNanos = stream.eventNanos()[0];
      return new TimedAnswer(
          prompt.length, tokens, (firstNanos - askedNanos) / 1e9, (endNanos - firstNanos) / 1e9);
    }
  }

  /** Tokens of the prompt a second, the way there and back and the first token included. */
  double promptRate() {
    return promptTokens / firstSeconds;
  }

  /** Tokens of the answer a second, from the first one on. */
  double generationRate() {
    return (tokens - 1) / restSeconds;
  }
}
