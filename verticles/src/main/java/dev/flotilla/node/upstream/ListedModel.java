package dev.flotilla.node.upstream;

/**
 * A model as an upstream lists it.
 *
 * @param id what it calls it
 * @param contextTokens positions that one session may use; 0 if it does not say
 * @param createdSeconds since 1970; 0 if it does not say
 */
public record ListedModel(String id, int contextTokens, long createdSeconds) {}
