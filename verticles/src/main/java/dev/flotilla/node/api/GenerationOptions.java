package dev.flotilla.node.api;

import dev.flotilla.engine.Mirostat;
import dev.flotilla.engine.Prompt;
import dev.flotilla.engine.SamplingOptions;
import dev.flotilla.engine.SessionRequest;
import dev.flotilla.engine.StopConditions;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;

/**
 * The fields that chat and text completions share.
 *
 * @param sampling how tokens are chosen in the first choice; the i-th has its seed plus i
 * @param stop when a choice ends
 * @param choices answers per prompt ({@code n})
 * @param stream whether the answer is sent as server-sent events
 * @param includeUsage whether a stream ends with a chunk of its usage
 * @param cachePrompt whether a cached prefix may be reused
 * @param deterministic whether batch shapes are fixed
 */
record GenerationOptions(
    SamplingOptions sampling,
    StopConditions stop,
    int choices,
    boolean stream,
    boolean includeUsage,
    boolean cachePrompt,
    boolean deterministic) {

  /** The most answers of one request, over all its prompts (OpenAI's bound of {@code n}). */
  static final int MAX_CHOICES = 128;

  /**
   * Reads the shared fields.
   *
   * @param logprobs as {@link SamplingOptions#logprobs()}, which the two routes spell differently
   * @param grammar what the answer must match
   * @param vocabularySize token ids are below it
   */
  static GenerationOptions parse(
      Fields fields,
      int logprobs,
      Optional<String> grammar,
      SamplingDefaults defaults,
      int vocabularySize) {
    boolean includeUsage =
        fields.object("stream_options").map(it -> it.flag("include_usage", false)).orElse(false);
    return new GenerationOptions(
        sampling(fields, logprobs, grammar, defaults, vocabularySize),
        new StopConditions(maxTokens(fields, defaults), stopStrings(fields)),
        fields.integer("n", 1, 1, MAX_CHOICES),
        fields.flag("stream", false),
        includeUsage,
        fields.flag("cache_prompt", true),
        fields.flag("deterministic", false));
  }

  private static SamplingOptions sampling(
      Fields fields,
      int logprobs,
      Optional<String> grammar,
      SamplingDefaults defaults,
      int vocabularySize) {
    return new SamplingOptions(
        fields.number("temperature", defaults.temperature()),
        fields.integer("top_k", defaults.topK(), 0, Integer.MAX_VALUE),
        fields.number("top_p", defaults.topP()),
        fields.number("min_p", defaults.minP()),
        fields.number("typical_p", defaults.typicalP()),
        fields.number("repeat_penalty", defaults.repeatPenalty()),
        fields.integer("repeat_last_n", defaults.repeatLastN(), -1, Integer.MAX_VALUE),
        fields.number("frequency_penalty", defaults.frequencyPenalty()),
        fields.number("presence_penalty", defaults.presencePenalty()),
        logitBias(fields, vocabularySize),
        seed(fields, defaults),
        mirostat(fields, defaults),
        grammar,
        fields.flag("ignore_eos", false),
        logprobs);
  }

  /** Left out, it is the node's; where that has none, or at llama.cpp's -1, it is random. */
  private static long seed(Fields fields, SamplingDefaults defaults) {
    long seed = fields.longInteger("seed", defaults.seed().orElse(-1));
    return seed == -1 ? ThreadLocalRandom.current().nextLong(1L << 32) : seed;
  }

  private static Optional<Mirostat> mirostat(Fields fields, SamplingDefaults defaults) {
    int version = fields.integer("mirostat", 0, 0, 2);
    float tau = fields.number("mirostat_tau", defaults.mirostatTau());
    float eta = fields.number("mirostat_eta", defaults.mirostatEta());
    return version == 0 ? Optional.empty() : Optional.of(new Mirostat(version, tau, eta));
  }

  private static Map<Integer, Float> logitBias(Fields fields, int vocabularySize) {
    Map<String, Object> entries = fields.object("logit_bias").map(Fields::asMap).orElse(Map.of());
    if (entries.size() > SamplingOptions.MAX_BIASES) {
      throw fields.invalid(
          "logit_bias",
          "'logit_bias' may hold " + SamplingOptions.MAX_BIASES + " tokens, not " + entries.size());
    }
    Map<Integer, Float> biases = new LinkedHashMap<>();
    entries.forEach((id, value) -> {
      String path = fields.path("logit_bias." + id);
      float bias = Fields.number(path, value);
      if (Math.abs(bias) > 100) {
        throw ApiException.invalid(path, "'" + path + "' must be between -100 and 100.");
      }
      biases.put(tokenId(path, id, vocabularySize), bias);
    });
    return biases;
  }

  private static int tokenId(String path, String text, int vocabularySize) {
    try {
      int id = Integer.parseInt(text);
      if (id >= 0 && id < vocabularySize) {
        return id;
      }
    } catch (NumberFormatException e) {
      // Told below, like an id out of range.
    }
    throw ApiException.invalid(
        path, "'" + path + "': token ids go from 0 to " + (vocabularySize - 1) + ".");
  }

  /** {@code max_completion_tokens}, or its older name; -1 is llama.cpp's "no limit". */
  private static int maxTokens(Fields fields, SamplingDefaults defaults) {
    String name = fields.has("max_completion_tokens") ? "max_completion_tokens" : "max_tokens";
    int most = fields.integer(name, defaults.maxTokens(), -1, Integer.MAX_VALUE);
    if (most == 0) {
      throw fields.invalid(name, "'" + fields.path(name) + "' must be at least 1.");
    }
    return most == -1 ? Integer.MAX_VALUE : most;
  }

  private static List<String> stopStrings(Fields fields) {
    Object value = fields.raw("stop");
    String path = fields.path("stop");
    List<Object> elements =
        value == null ? List.of() : value instanceof String ? List.of(value) : list(path, value);
    if (elements.size() > StopConditions.MAX_STOP_STRINGS) {
      throw ApiException.invalid(
          path, "'" + path + "' may hold " + StopConditions.MAX_STOP_STRINGS + " strings.");
    }
    List<String> stops = new ArrayList<>();
    for (int i = 0; i < elements.size(); i++) {
      String element = value instanceof String ? path : path + "[" + i + "]";
      String stop = Fields.text(element, elements.get(i));
      if (stop.length() > StopConditions.MAX_STOP_CHARS) {
        throw ApiException.invalid(
            element,
            "'" + element + "' may have " + StopConditions.MAX_STOP_CHARS + " characters.");
      }
      // An empty stop string would end every answer at once; clients send it to mean none.
      if (!stop.isEmpty()) {
        stops.add(stop);
      }
    }
    return stops;
  }

  private static List<Object> list(String path, Object value) {
    if (value instanceof List<?>) {
      return Fields.list(path, value);
    }
    throw Fields.wrongType(path, "a string or an array of strings", value);
  }

  /** The session of one choice; {@code shownTokens} as {@link SessionRequest#shownTokens}. */
  SessionRequest session(Prompt prompt, int choice, List<String> shownTokens) {
    return new SessionRequest(
        prompt,
        choice == 0 ? sampling : reseeded(sampling.seed() + choice),
        stop,
        cachePrompt,
        deterministic,
        shownTokens);
  }

  private SamplingOptions reseeded(long seed) {
    return new SamplingOptions(
        sampling.temperature(),
        sampling.topK(),
        sampling.topP(),
        sampling.minP(),
        sampling.typicalP(),
        sampling.repeatPenalty(),
        sampling.repeatLastN(),
        sampling.frequencyPenalty(),
        sampling.presencePenalty(),
        sampling.logitBias(),
        seed,
        sampling.mirostat(),
        sampling.grammar(),
        sampling.ignoreEos(),
        sampling.logprobs());
  }
}
