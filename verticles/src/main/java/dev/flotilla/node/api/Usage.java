package dev.flotilla.node.api;

import dev.flotilla.engine.SessionUsage;
import io.vertx.core.json.JsonObject;
import java.util.List;

/**
 * What a whole answer cost, over all its sessions. A prompt counts once however many choices it
 * has; times are those of the slowest session, as they run side by side.
 */
record Usage(
    int promptTokens,
    int cachedTokens,
    int completionTokens,
    long promptMicros,
    long generationMicros) {

  /**
   * Adds up sessions.
   *
   * @param choices sessions per prompt, which follow one another
   */
  static Usage of(List<SessionUsage> sessions, int choices) {
    int prompt = 0;
    int cached = 0;
    int completion = 0;
    long promptMicros = 0;
    long generationMicros = 0;
    for (int i = 0; i < sessions.size(); i++) {
      SessionUsage session = sessions.get(i);
      if (i % choices == 0) {
        prompt += session.promptTokens();
        cached += session.cachedTokens();
      }
      completion += session.completionTokens();
      promptMicros = Math.max(promptMicros, session.promptMicros());
      generationMicros = Math.max(generationMicros, session.generationMicros());
    }
    return new Usage(prompt, cached, completion, promptMicros, generationMicros);
  }

  /** OpenAI's {@code usage}. */
  JsonObject toJson() {
    return new JsonObject()
        .put("prompt_tokens", promptTokens)
        .put("completion_tokens", completionTokens)
        .put("total_tokens", promptTokens + completionTokens)
        .put("prompt_tokens_details", new JsonObject().put("cached_tokens", cachedTokens));
  }

  /** llama-server's {@code timings}: {@code prompt_n} counts what was computed, not the cached. */
  JsonObject timings() {
    JsonObject json = new JsonObject().put("cache_n", cachedTokens);
    putRate(json, "prompt", promptTokens - cachedTokens, promptMicros);
    putRate(json, "predicted", completionTokens, generationMicros);
    return json;
  }

  private static void putRate(JsonObject json, String phase, int tokens, long micros) {
    double millis = micros / 1e3;
    json.put(phase + "_n", tokens)
        .put(phase + "_ms", millis)
        .put(phase + "_per_token_ms", tokens == 0 ? 0 : millis / tokens)
        .put(phase + "_per_second", micros == 0 ? 0 : tokens * 1e6 / micros);
  }
}
