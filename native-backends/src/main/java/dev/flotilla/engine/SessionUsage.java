package dev.flotilla.engine;

/**
 * What a session cost.
 *
 * @param promptTokens tokens of the prompt, cached ones included
 * @param cachedTokens of those, the ones whose layers were not computed again
 * @param completionTokens tokens generated, an end-of-generation token included
 * @param queuedMicros time waited for a slot
 * @param promptMicros time from admission until the prompt was read
 * @param generationMicros time from there until the end
 */
public record SessionUsage(
    int promptTokens,
    int cachedTokens,
    int completionTokens,
    long queuedMicros,
    long promptMicros,
    long generationMicros) {}
