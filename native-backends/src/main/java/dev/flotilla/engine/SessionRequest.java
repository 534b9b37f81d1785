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
 */
public record SessionRequest(
    Prompt prompt,
    SamplingOptions sampling,
    StopConditions stop,
    boolean cachePrompt,
    boolean deterministic) {}
