package dev.flotilla.cli.bench;

import dev.flotilla.cli.http.ApiException;
import dev.flotilla.cli.http.JsonCalls;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Makes prompts of about a number of tokens: common words in random order. A prompt is a function
 * of its number, so that two servers read the same ones, and no two begin alike, so that no server
 * can reuse what it has read, unless that is asked for.
 *
 * @param seed of all prompts
 * @param tokensPerWord what the server's tokeniser makes of a word, on average
 * @param sharedPrefix whether all but the last words of prompts of one length are the same
 */
record PromptSource(long seed, double tokensPerWord, boolean sharedPrefix) {

  private static final List<String> WORDS =
      List.of(
          "the", "day", "was", "little", "and", "she", "went", "park", "with", "her", "friend",
          "they", "saw", "big", "tree", "had", "many", "red", "apple", "wanted", "play", "ball",
          "said", "yes", "mom", "happy", "found", "box", "in", "garden", "dog", "ran", "fast",
          "under", "sun", "water", "house", "looked", "out", "small", "bird", "sang", "song",
          "night", "moon", "boy", "made", "boat", "from", "paper", "put", "on", "river", "then",
          "came", "wind", "it", "took", "away", "but", "not", "sad", "new", "one");

  /** Words of the text that a server's tokeniser is measured by. */
  private static final int SAMPLE_WORDS = 256;

  /** Words at the end of a prompt that differ in spite of a shared prefix. */
  private static final int OWN_WORDS = 8;

  /**
   * A source whose prompts have the length in tokens that a server's own tokeniser gives them:
   * asked for where it can be, read from the usage of a request where not.
   */
  static PromptSource calibrated(Target target, BenchPlan plan, JsonCalls calls)
      throws IOException {
    String sample = words(new SplittableRandom(plan.seed()), SAMPLE_WORDS);
    int tokens = tokensByTokenizer(sample, target, calls);
    if (tokens <= 0) {
      tokens = tokensByUsage(sample, target, calls);
    }
    if (tokens <= 0) {
      throw new IOException(target.api() + " tells no numbers of tokens");
    }
    return new PromptSource(plan.seed(), (double) tokens / SAMPLE_WORDS, plan.sharedPrefix());
  }

  /** The prompt of a number, of about so many tokens. */
  String prompt(long number, int tokens) {
    int count = (int) Math.max(2, Math.round(tokens / tokensPerWord));
    SplittableRandom own = new SplittableRandom(seed * 0x9E3779B97F4A7C15L + number);
    if (!sharedPrefix) {
      return words(own, count);
    }
    int ownWords = Math.min(OWN_WORDS, count / 2);
    return words(new SplittableRandom(seed), count - ownWords) + " " + words(own, ownWords);
  }

  private static String words(SplittableRandom random, int count) {
    StringBuilder text = new StringBuilder(count * 5);
    for (int i = 0; i < count; i++) {
      text.append(i == 0 ? "" : " ").append(WORDS.get(random.nextInt(WORDS.size())));
    }
    return text.toString();
  }

  private static int tokensByTokenizer(String text, Target target, JsonCalls calls)
      throws IOException {
    try {
      return calls
          .post("/tokenize", new JsonObject().put("model", target.model()).put("content", text))
          .getJsonArray("tokens", new JsonArray())
          .size();
    } catch (ApiException _) {
      // Not every OpenAI endpoint has one.
      return 0;
    }
  }

  private static int tokensByUsage(String text, Target target, JsonCalls calls) throws IOException {
    JsonObject request =
        new JsonObject().put("model", target.model()).put("prompt", text).put("max_tokens", 1);
    return calls
        .post("/v1/completions", request)
        .getJsonObject("usage", new JsonObject())
        .getInteger("prompt_tokens", 0);
  }
}
