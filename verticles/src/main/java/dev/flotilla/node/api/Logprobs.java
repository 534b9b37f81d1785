package dev.flotilla.node.api;

import dev.flotilla.engine.TokenLogprob;
import dev.flotilla.engine.TokenLogprob.Candidate;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** Token probabilities in OpenAI's two shapes. */
final class Logprobs {
  /** What OpenAI reports for a token that is practically impossible; JSON has no infinity. */
  private static final float LEAST = -9999;

  private Logprobs() {}

  /** {@code {"content":[{"token","logprob","bytes","top_logprobs"}]}}, as chat has it. */
  static JsonObject chat(List<TokenLogprob> tokens) {
    JsonArray content = new JsonArray();
    for (TokenLogprob token : tokens) {
      JsonArray top = new JsonArray();
      token.top().forEach(candidate -> top.add(chat(candidate)));
      content.add(chat(token.chosen()).put("top_logprobs", top));
    }
    return new JsonObject().put("content", content).putNull("refusal");
  }

  private static JsonObject chat(Candidate candidate) {
    JsonArray bytes = new JsonArray();
    for (byte b : candidate.bytes()) {
      bytes.add(b & 0xFF);
    }
    return new JsonObject()
        .put("token", text(candidate))
        .put("logprob", logprob(candidate))
        .put("bytes", bytes);
  }

  /**
   * {@code {"tokens","token_logprobs","top_logprobs","text_offset"}}, as completions have it.
   *
   * @param offset where the first token's text starts in the answer
   */
  static JsonObject completion(List<TokenLogprob> tokens, int offset) {
    JsonArray texts = new JsonArray();
    JsonArray logprobs = new JsonArray();
    JsonArray tops = new JsonArray();
    JsonArray offsets = new JsonArray();
    int at = offset;
    for (TokenLogprob token : tokens) {
      String text = text(token.chosen());
      JsonObject top = new JsonObject();
      token.top().forEach(candidate -> top.put(text(candidate), logprob(candidate)));
      texts.add(text);
      logprobs.add(logprob(token.chosen()));
      tops.add(top);
      offsets.add(at);
      at += text.length();
    }
    return new JsonObject()
        .put("tokens", texts)
        .put("token_logprobs", logprobs)
        .put("top_logprobs", tops)
        .put("text_offset", offsets);
  }

  private static String text(Candidate candidate) {
    return new String(candidate.bytes(), StandardCharsets.UTF_8);
  }

  private static float logprob(Candidate candidate) {
    return candidate.logprob() >= LEAST ? candidate.logprob() : LEAST;
  }
}
