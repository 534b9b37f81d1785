package dev.flotilla.gguf;

import dev.flotilla.gguf.GgufException.Cause;
import dev.flotilla.gguf.GgufValue.Bool;
import dev.flotilla.gguf.GgufValue.Many;
import dev.flotilla.gguf.GgufValue.Text;
import dev.flotilla.gguf.GgufValue.Whole;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.SequencedMap;
import java.util.stream.IntStream;

/**
 * A file's keys and values, in the file's order. Immutable.
 *
 * <p>Getters are as strict about types as llama.cpp, which refuses a model whose {@code u32} is
 * stored as an {@code i32}.
 */
public record Metadata(SequencedMap<String, GgufValue> values) {

  public Metadata {
    values = Collections.unmodifiableSequencedMap(new LinkedHashMap<>(values));
  }

  public boolean has(String key) {
    return values.containsKey(key);
  }

  public Optional<GgufValue> value(String key) {
    return Optional.ofNullable(values.get(key));
  }

  /**
   * The text of a key; empty if the key is missing.
   *
   * @throws GgufException if it has another type
   */
  public Optional<String> text(String key) throws GgufException {
    return switch (values.get(key)) {
      case null -> Optional.empty();
      case Text text -> Optional.of(text.value());
      case GgufValue other -> throw wrongType(key, other, ValueType.TEXT);
    };
  }

  /**
   * The unsigned 32-bit number of a key; empty if the key is missing.
   *
   * @throws GgufException if it has another type
   */
  public OptionalLong u32(String key) throws GgufException {
    return whole(key, ValueType.U32);
  }

  /**
   * The number of a key, which must be of this very type; empty if the key is missing.
   *
   * @throws GgufException if it has another type
   */
  public OptionalLong whole(String key, ValueType type) throws GgufException {
    return switch (values.get(key)) {
      case null -> OptionalLong.empty();
      case Whole whole when whole.type() == type -> OptionalLong.of(whole.value());
      case GgufValue other -> throw wrongType(key, other, type);
    };
  }

  /**
   * The unsigned 32-bit number of a key as an int.
   *
   * @throws GgufException if the key is missing, has another type or exceeds an int
   */
  public int count(String key) throws GgufException {
    long value =
        u32(key)
            .orElseThrow(
                () -> new GgufException(Cause.MISSING_KEY, "key '%s' is missing".formatted(key)));
    return toInt(key, value);
  }

  /**
   * Like {@link #count(String)}, with a value for a missing key.
   *
   * @throws GgufException if the key has another type or exceeds an int
   */
  public int count(String key, int fallback) throws GgufException {
    return toInt(key, u32(key).orElse(fallback));
  }

  /**
   * A token id; empty if the key is missing or says that there is none (4294967295).
   *
   * @throws GgufException if the key has another type
   */
  public OptionalInt tokenId(String key) throws GgufException {
    OptionalLong id = u32(key);
    return id.isPresent() && id.getAsLong() <= Integer.MAX_VALUE
        ? OptionalInt.of((int) id.getAsLong())
        : OptionalInt.empty();
  }

  /**
   * The truth value of a key.
   *
   * @throws GgufException if it has another type
   */
  public boolean bool(String key, boolean fallback) throws GgufException {
    return switch (values.get(key)) {
      case null -> fallback;
      case Bool bool -> bool.value();
      case GgufValue other -> throw wrongType(key, other, ValueType.BOOL);
    };
  }

  /**
   * The array of a key; empty if the key is missing.
   *
   * @throws GgufException if it is no array or its elements have another type
   */
  public Optional<GgufArray> array(String key, ValueType elements) throws GgufException {
    Optional<GgufArray> array = array(key);
    if (array.isPresent() && array.get().elementType() != elements) {
      throw new GgufException(
          Cause.WRONG_VALUE_TYPE,
          "key '%s' is an array of %s, expected %s"
              .formatted(key, array.get().elementType().label(), elements.label()));
    }
    return array;
  }

  /**
   * A value per layer: one number for all of them, or an array with exactly one each.
   *
   * @throws GgufException if it is neither, or a number is negative or exceeds an int
   */
  public Optional<List<Integer>> perLayer(String key, int layers) throws GgufException {
    if (!(values.get(key) instanceof Many(GgufArray array))) {
      return has(key) ? Optional.of(Collections.nCopies(layers, count(key))) : Optional.empty();
    }
    if (array.elementType() != ValueType.U32 && array.elementType() != ValueType.I32) {
      throw new GgufException(
          Cause.WRONG_VALUE_TYPE,
          "key '%s' is an array of %s, expected u32 or i32"
              .formatted(key, array.elementType().label()));
    }
    if (array.count() != layers) {
      throw new GgufException(
          Cause.BAD_VALUE,
          "key '%s' has %d values for %d layers".formatted(key, array.count(), layers));
    }
    int[] values = new int[layers];
    for (int layer = 0; layer < layers; layer++) {
      values[layer] = toInt(key, array.whole(layer));
    }
    return Optional.of(IntStream.of(values).boxed().toList());
  }

  private Optional<GgufArray> array(String key) throws GgufException {
    return switch (values.get(key)) {
      case null -> Optional.empty();
      case Many many -> Optional.of(many.array());
      case GgufValue other -> throw wrongType(key, other, ValueType.ARRAY);
    };
  }

  private static int toInt(String key, long value) throws GgufException {
    if (value < 0 || value > Integer.MAX_VALUE) {
      throw new GgufException(
          Cause.BAD_VALUE, "key '%s' is %d, out of range".formatted(key, value));
    }
    return (int) value;
  }

  private static GgufException wrongType(String key, GgufValue value, ValueType expected) {
    return new GgufException(
        Cause.WRONG_VALUE_TYPE,
        "key '%s' is of type %s, expected %s"
            .formatted(key, value.type().label(), expected.label()));
  }
}
