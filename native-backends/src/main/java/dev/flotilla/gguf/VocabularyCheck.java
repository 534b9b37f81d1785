package dev.flotilla.gguf;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import dev.flotilla.gguf.GgufException.Cause;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Whether llama.cpp can build its tokenizer from a model's metadata. */
final class VocabularyCheck {
  private static final String MODEL = "tokenizer.ggml.model";
  private static final String TOKENS = "tokenizer.ggml.tokens";
  private static final String SCORES = "tokenizer.ggml.scores";
  private static final String TYPES = "tokenizer.ggml.token_type";
  private static final Set<String> NO_VOCABULARY = Set.of("no_vocab", "none");

  private VocabularyCheck() {}

  static void check(Metadata metadata) throws GgufException {
    String model =
        metadata
            .text(MODEL)
            .orElseThrow(
                () -> new GgufException(Cause.MISSING_KEY, "key '%s' is missing".formatted(MODEL)));
    if (NO_VOCABULARY.contains(model)) {
      return;
    }
    GgufArray tokens =
        metadata
            .array(TOKENS, ValueType.TEXT)
            .orElseThrow(() ->
                new GgufException(Cause.BAD_VOCABULARY, "key '%s' is missing".formatted(TOKENS)));
    checkTable(metadata, SCORES, tokens, List.of(ValueType.F32, ValueType.I32));
    checkTable(metadata, TYPES, tokens, List.of(ValueType.I32));
    checkDistinct(tokens);
  }

  private static void checkTable(
      Metadata metadata, String key, GgufArray tokens, List<ValueType> types) throws GgufException {
    if (!metadata.has(key)) {
      return;
    }
    if (!(metadata.values().get(key) instanceof GgufValue.Many(GgufArray table))
        || !types.contains(table.elementType())) {
      throw new GgufException(
          Cause.BAD_VOCABULARY, "key '%s' is not an array of numbers".formatted(key));
    }
    if (table.count() < tokens.count()) {
      throw new GgufException(
          Cause.BAD_VOCABULARY,
          "key '%s' has %d values for %d tokens".formatted(key, table.count(), tokens.count()));
    }
  }

  /** llama.cpp aborts on two equal tokens. It reads them as C strings and names empty ones. */
  private static void checkDistinct(GgufArray tokens) throws GgufException {
    Map<String, Integer> ids = HashMap.newHashMap(tokens.count());
    int id = 0;
    for (String token : tokens.texts(ISO_8859_1)) {
      int end = token.indexOf('\0');
      String text = end < 0 ? token : token.substring(0, end);
      Integer other = ids.putIfAbsent(text.isEmpty() ? "[EMPTY_%d]".formatted(id) : text, id);
      if (other != null) {
        throw new GgufException(
            Cause.BAD_VOCABULARY,
            "key '%s' has equal tokens at %d and %d".formatted(TOKENS, other, id));
      }
      id++;
    }
  }
}
