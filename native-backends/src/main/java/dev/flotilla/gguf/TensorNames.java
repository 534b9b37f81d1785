package dev.flotilla.gguf;

import java.util.OptionalInt;

/** Names of tensors that have a meaning here; the rest are llama.cpp's affair. */
final class TensorNames {
  static final String TOKEN_EMBEDDING = "token_embd.weight";
  static final String OUTPUT = "output.weight";

  private static final String LAYER_PREFIX = "blk.";
  private static final int MAX_LAYER_DIGITS = 9;

  private TensorNames() {}

  /** The layer of {@code blk.N.rest}; empty for a tensor that belongs to no layer. */
  static OptionalInt layer(String name) {
    if (!name.startsWith(LAYER_PREFIX)) {
      return OptionalInt.empty();
    }
    int end = name.indexOf('.', LAYER_PREFIX.length());
    int digits = end - LAYER_PREFIX.length();
    if (digits < 1 || digits > MAX_LAYER_DIGITS) {
      return OptionalInt.empty();
    }
    String number = name.substring(LAYER_PREFIX.length(), end);
    return number.chars().allMatch(c -> c >= '0' && c <= '9')
        ? OptionalInt.of(Integer.parseInt(number))
        : OptionalInt.empty();
  }

  /** The name of the same tensor in another layer. */
  static String inLayer(String name, int layer) {
    int end = name.indexOf('.', LAYER_PREFIX.length());
    return LAYER_PREFIX + layer + name.substring(end);
  }
}
