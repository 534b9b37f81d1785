package dev.flotilla.engine;

import java.util.List;

/**
 * One sequence to generate.
 *
 * @param prompt what it starts from
 * @param sampling how tokens are chosen
 * @param stop when it ends
 * @param cachePrompt whether a cached prefix of the prompt may be reused and this one be kept for
 *     reuse
 * @param deterministic whether batch shapes are fixed so that every run gives the same tokens, at a
 *     cost in speed: the session is then decoded by itself, never batched with others
 * @param shownTokens special tokens that the answer shows as text, where the vocabulary has them
 *     (what frames a tool call, say); at most {@value #MAX_SHOWN_TOKENS}
 * @param resumption how far the answer has come elsewhere; {@link Resumption#NONE} for a new one
 */
public record SessionRequest(
    Prompt prompt,
    SamplingOptions sampling,
    StopConditions stop,
    boolean cachePrompt,
    boolean deterministic,
    List<String> shownTokens,
    Resumption resumption) {

  /** The most special tokens that are shown. */
  public static final int MAX_SHOWN_TOKENS = 16;

  public SessionRequest {
    SamplingOptions.requireBetween("shown tokens", shownTokens.size(), 0, MAX_SHOWN_TOKENS);
    shownTokens = List.copyOf(shownTokens);
  }

  /** A new answer that shows some special tokens. */
  public SessionRequest(
      Prompt prompt,
      SamplingOptions sampling,
      StopConditions stop,
      boolean cachePrompt,
      boolean deterministic,
      List<String> shownTokens) {
    this(prompt, sampling, stop, cachePrompt, deterministic, shownTokens, Resumption.NONE);
  }

  /** A new answer that shows no special tokens. */
  public SessionRequest(
      Prompt prompt,
      SamplingOptions sampling,
      StopConditions stop,
      boolean cachePrompt,
      boolean deterministic) {
    this(prompt, sampling, stop, cachePrompt, deterministic, List.of());
  }

  /** The same request, gone on with from where it has come to. */
  public SessionRequest resumedAt(Resumption progress) {
    return new SessionRequest(
        prompt, sampling, stop, cachePrompt, deterministic, shownTokens, progress);
  }
}
