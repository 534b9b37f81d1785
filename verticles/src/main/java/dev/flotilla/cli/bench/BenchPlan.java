package dev.flotilla.cli.bench;

import java.time.Duration;
import java.util.List;

/**
 * What is measured. Every repetition of a concurrency has two phases, like llama-bench's tests:
 * prompts of {@code promptTokens} with one token of answer, and short prompts with answers of
 * {@code maxTokens}.
 *
 * @param concurrencies numbers of clients that ask at once, each measured by itself
 * @param promptTokens length of a prompt in the prompt phase; 0 leaves the phase out
 * @param maxTokens length of an answer in the generation phase; 0 leaves the phase out
 * @param requests requests that each client makes in a phase, one after the other
 * @param repetitions how often all is measured, the targets in turn
 * @param warmUps requests that each client makes before the first repetition, of each phase
 * @param chat whether chat completions are asked for instead of completions
 * @param sharedPrefix whether prompts begin alike, so that servers can reuse what they have read
 * @param ignoreEos whether servers are asked to go on after the end of the text
 * @param seed of the prompts
 * @param timeout the longest that one phase may take
 */
public record BenchPlan(
    List<Integer> concurrencies,
    int promptTokens,
    int maxTokens,
    int requests,
    int repetitions,
    int warmUps,
    boolean chat,
    boolean sharedPrefix,
    boolean ignoreEos,
    long seed,
    Duration timeout) {

  /** The most clients at once. */
  public static final int MAX_CONCURRENCY = 1024;

  /** Length of a prompt in the generation phase: enough to differ, too little to matter. */
  private static final int GENERATION_PROMPT_TOKENS = 16;

  public BenchPlan {
    concurrencies = List.copyOf(concurrencies);
    require(!concurrencies.isEmpty(), "concurrency is missing");
    concurrencies.forEach(clients ->
        require(
            clients >= 1 && clients <= MAX_CONCURRENCY,
            "concurrency must be between 1 and " + MAX_CONCURRENCY + ", not " + clients));
    require(promptTokens >= 0 && maxTokens >= 0, "numbers of tokens can't be negative");
    require(promptTokens + maxTokens > 0, "there is nothing to measure");
    require(requests >= 1 && repetitions >= 1, "requests and repetitions must be at least 1");
    require(warmUps >= 0, "warm-ups can't be negative");
  }

  /** The phases that are measured. */
  public List<Phase> phases() {
    return List.of(Phase.values()).stream().filter(phase -> answerTokens(phase) > 0).toList();
  }

  /** Tokens of a prompt in a phase. */
  int promptTokens(Phase phase) {
    return switch (phase) {
      case PROMPT -> promptTokens;
      case GENERATION -> GENERATION_PROMPT_TOKENS;
    };
  }

  /** Tokens of an answer in a phase; 0 if the phase is left out. */
  int answerTokens(Phase phase) {
    return switch (phase) {
      case PROMPT -> Math.min(promptTokens, 1);
      case GENERATION -> maxTokens;
    };
  }

  /** What a request mostly costs. */
  public enum Phase {
    /** Long prompts, one token of answer. */
    PROMPT,
    /** Short prompts, long answers. */
    GENERATION
  }

  private static void require(boolean holds, String message) {
    if (!holds) {
      throw new IllegalArgumentException(message);
    }
  }
}
