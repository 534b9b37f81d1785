package dev.flotilla.gguf.forge;

import dev.flotilla.gguf.GgufArray;
import dev.flotilla.gguf.GgufReader;
import dev.flotilla.gguf.GgufValue;
import dev.flotilla.gguf.Metadata;
import dev.flotilla.gguf.ValueType;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;

/**
 * A vocabulary: the {@code tokenizer.*} keys of a model.
 *
 * @param size tokens
 * @param keys as they are written to the model
 */
public record ForgeVocabulary(int size, SequencedMap<String, GgufValue> keys) {
  private static final String TOKENS = "tokenizer.ggml.tokens";
  private static final int NORMAL = 1;
  private static final int UNKNOWN = 2;
  private static final int CONTROL = 3;
  private static final int BYTE = 6;

  public ForgeVocabulary {
    keys = Collections.unmodifiableSequencedMap(new LinkedHashMap<>(keys));
  }

  /** The vocabulary of a GGUF file, its chat template included. */
  public static ForgeVocabulary of(Path file) throws IOException {
    Metadata metadata = GgufReader.read(file).metadata();
    SequencedMap<String, GgufValue> keys = new LinkedHashMap<>(metadata.values());
    keys.keySet().removeIf(key -> !key.startsWith("tokenizer."));
    int size = metadata.array(TOKENS, ValueType.TEXT).orElseThrow().count();
    return new ForgeVocabulary(size, keys);
  }

  /**
   * SentencePiece tokens: every byte, so that any text can be written, the printable characters,
   * and made-up words up to the size.
   *
   * @param size at least 320
   */
  public static ForgeVocabulary pieces(int size) {
    Table table = new Table();
    table.add("<unk>", 0, UNKNOWN);
    table.add("<s>", 0, CONTROL);
    table.add("</s>", 0, CONTROL);
    for (int value = 0; value < 256; value++) {
      table.add("<0x%02X>".formatted(value), 0, BYTE);
    }
    table.add("▁", -1, NORMAL);
    for (char letter = 'a'; letter <= 'z'; letter++) {
      table.add(String.valueOf(letter), -2, NORMAL);
    }
    for (int word = 0; table.size() < size; word++) {
      table.add("▁w%d".formatted(word), -3, NORMAL);
    }
    SequencedMap<String, GgufValue> keys = table.keys("llama");
    keys.put("tokenizer.ggml.bos_token_id", GgufValue.u32(1));
    keys.put("tokenizer.ggml.eos_token_id", GgufValue.u32(2));
    keys.put("tokenizer.ggml.unknown_token_id", GgufValue.u32(0));
    keys.put("tokenizer.ggml.add_bos_token", GgufValue.bool(true));
    keys.put("tokenizer.ggml.add_eos_token", GgufValue.bool(false));
    return new ForgeVocabulary(table.size(), keys);
  }

  /** WordPiece tokens of an encoder: the letters, at the start of a word and within it. */
  public static ForgeVocabulary wordPieces() {
    Table table = new Table();
    for (String special : List.of("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")) {
      table.add(special, 0, CONTROL);
    }
    for (char letter = 'a'; letter <= 'z'; letter++) {
      table.add("▁" + letter, 0, NORMAL);
      table.add(String.valueOf(letter), 0, NORMAL);
    }
    for (char mark : ".,!?0123456789".toCharArray()) {
      table.add("▁" + mark, 0, NORMAL);
    }
    SequencedMap<String, GgufValue> keys = table.keys("bert");
    keys.put("tokenizer.ggml.token_type_count", GgufValue.u32(2));
    keys.put("tokenizer.ggml.padding_token_id", GgufValue.u32(0));
    keys.put("tokenizer.ggml.unknown_token_id", GgufValue.u32(1));
    keys.put("tokenizer.ggml.bos_token_id", GgufValue.u32(2));
    keys.put("tokenizer.ggml.cls_token_id", GgufValue.u32(2));
    keys.put("tokenizer.ggml.seperator_token_id", GgufValue.u32(3));
    keys.put("tokenizer.ggml.mask_token_id", GgufValue.u32(4));
    return new ForgeVocabulary(table.size(), keys);
  }

  private static final class Table {
    private final List<String> tokens = new ArrayList<>();
    private final List<Float> scores = new ArrayList<>();
    private final List<Integer> types = new ArrayList<>();

    int size() {
      return tokens.size();
    }

    void add(String token, float score, int type) {
      tokens.add(token);
      scores.add(score);
      types.add(type);
    }

    SequencedMap<String, GgufValue> keys(String model) {
      float[] scores = new float[size()];
      int[] types = new int[size()];
      for (int i = 0; i < size(); i++) {
        scores[i] = this.scores.get(i);
        types[i] = this.types.get(i);
      }
      SequencedMap<String, GgufValue> keys = new LinkedHashMap<>();
      keys.put("tokenizer.ggml.model", GgufValue.text(model));
      keys.put(TOKENS, GgufValue.array(GgufArray.ofTexts(tokens)));
      keys.put("tokenizer.ggml.scores", GgufValue.array(GgufArray.ofFloats(scores)));
      keys.put("tokenizer.ggml.token_type", GgufValue.array(GgufArray.ofInts(types)));
      return keys;
    }
  }
}
