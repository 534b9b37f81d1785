package dev.flotilla.engine;

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
 * @param resumption how far the answer has come elsewhere; {@link Resumption#NONE} for a new one
 */
public record SessionRequest(
    Prompt prompt,
    SamplingOptions sampling,
    StopConditions stop,
    boolean cachePrompt,
    boolean deterministic,
    Resumption resumption) {

  /** A new answer. */
  public SessionRequest(
      Prompt prompt,
      SamplingOptions sampling,
      StopConditions stop,
      boolean cachePrompt,
      boolean deterministic) {
    this(prompt, sampling, stop, cachePrompt, deterministic, Resumption.NONE);
  }

  /** The same request, gone on with from where it has come to. */
  public SessionRequest resumedAt(Resumption progress) {
    return new SessionRequest(prompt, sampling, stop, cachePrompt, deterministic, progress);
  }
}
