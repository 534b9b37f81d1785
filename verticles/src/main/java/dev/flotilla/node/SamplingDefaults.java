package dev.flotilla.node;

import dev.flotilla.engine.SamplingOptions;
import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * What requests get that don't say how to sample.
 *
 * @param options how the next token is chosen; its seed counts only as far as {@code seed} says
 * @param seed the seed; empty draws a new one for every request
 * @param maxTokens the most tokens of an answer, at least 1; empty goes up to the context
 */
public record SamplingDefaults(SamplingOptions options, OptionalLong seed, OptionalInt maxTokens) {
  public SamplingDefaults {
    NodeOptions.require(
        maxTokens.isEmpty() || maxTokens.getAsInt() >= 1,
        "max-tokens",
        "max-tokens must be at least 1");
  }
}
