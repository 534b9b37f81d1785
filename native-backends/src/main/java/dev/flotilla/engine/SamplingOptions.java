package dev.flotilla.engine;

import java.util.Map;
import java.util.Optional;

/**
 * How the next token is chosen. Randomness is a function of ({@code seed}, position) alone, so that
 * a resumed session continues the same stream.
 *
 * @param temperature 0 chooses the likeliest token; at most 100
 * @param topK candidates kept, 0 keeps all
 * @param topP nucleus mass kept, 1 keeps all
 * @param minP least probability kept, relative to the likeliest; 0 keeps all
 * @param typicalP locally typical mass kept, 1 keeps all
 * @param repeatPenalty divides the logits of recent tokens, 1 is none
 * @param repeatLastN how many recent tokens the penalties look at; 0 none, -1 the whole context
 * @param frequencyPenalty subtracted once per recent occurrence, -2 to 2
 * @param presencePenalty subtracted once for having occurred, -2 to 2
 * @param logitBias added to the logits of these token ids, -100 to 100, at most {@value
 *     #MAX_BIASES}
 * @param seed the seed
 * @param mirostat replaces the truncating samplers when present
 * @param grammar GBNF text that the answer must match, at most {@value #MAX_GRAMMAR_CHARS} chars
 * @param ignoreEos whether end-of-generation tokens are never chosen
 * @param logprobs how many of the likeliest tokens are reported beside each chosen one, 0 to
 *     {@value #MAX_LOGPROBS}; -1 reports none, not even the chosen one's
 */
public record SamplingOptions(
    float temperature,
    int topK,
    float topP,
    float minP,
    float typicalP,
    float repeatPenalty,
    int repeatLastN,
    float frequencyPenalty,
    float presencePenalty,
    Map<Integer, Float> logitBias,
    long seed,
    Optional<Mirostat> mirostat,
    Optional<String> grammar,
    boolean ignoreEos,
    int logprobs) {

  /** The most alternatives that are reported per token. */
  public static final int MAX_LOGPROBS = 20;

  /** The most token ids that may be biased in one request. */
  public static final int MAX_BIASES = 1024;

  /** The longest grammar that is accepted. */
  public static final int MAX_GRAMMAR_CHARS = 256 * 1024;

  /** The likeliest token, always: no randomness, no penalties. */
  public static final SamplingOptions GREEDY =
      new SamplingOptions(
          0, 0, 1, 0, 1, 1, 0, 0, 0, Map.of(), 0, Optional.empty(), Optional.empty(), false, -1);

  public SamplingOptions {
    requireBetween("temperature", temperature, 0, 100);
    requireBetween("top_k", topK, 0, Integer.MAX_VALUE);
    requireBetween("top_p", topP, 0, 1);
    requireBetween("min_p", minP, 0, 1);
    requireBetween("typical_p", typicalP, 0, 1);
    requireBetween("repeat_penalty", repeatPenalty, Float.MIN_NORMAL, 100);
    requireBetween("repeat_last_n", repeatLastN, -1, Integer.MAX_VALUE);
    requireBetween("frequency_penalty", frequencyPenalty, -2, 2);
    requireBetween("presence_penalty", presencePenalty, -2, 2);
    requireBetween("logprobs", logprobs, -1, MAX_LOGPROBS);
    requireBetween("logit_bias entries", logitBias.size(), 0, MAX_BIASES);
    logitBias = Map.copyOf(logitBias);
    logitBias.values().forEach(bias -> requireBetween("logit_bias", bias, -100, 100));
    grammar.ifPresent(
        text -> requireBetween("grammar characters", text.length(), 1, MAX_GRAMMAR_CHARS));
  }

  static void requireBetween(String field, double value, double least, double most) {
    if (!(value >= least && value <= most)) {
      throw new EngineException(
          EngineFailure.INVALID_REQUEST,
          field,
          field
              + " must be between "
              + text(least)
              + " and "
              + text(most)
              + ", not "
              + text(value));
    }
  }

  private static String text(double number) {
    return number == Math.rint(number) && Math.abs(number) < 1e15
        ? Long.toString((long) number)
        : Double.toString(number);
  }
}
