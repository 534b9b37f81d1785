package dev.flotilla.gguf;

import dev.flotilla.gguf.GgufException.Cause;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;

/** Where tensors lie in a file, and whether they may lie there. */
final class TensorLayout {
  private TensorLayout() {}

  /** Refuses shapes that llama.cpp refuses, so that later sums of elements and bytes are safe. */
  static void checkShape(String name, List<Long> shape, GgmlType type, int at)
      throws GgufException {
    if (shape.stream().anyMatch(dimension -> dimension < 0)) {
      throw badShape(name, shape, at, "has a negative dimension");
    }
    long row = shape.isEmpty() ? 1 : shape.getFirst();
    if (row % type.blockElements() != 0) {
      throw badShape(
          name,
          shape,
          at,
          "has rows that cut the %s blocks of %d elements"
              .formatted(type.label(), type.blockElements()));
    }
    try {
      long elements = 1;
      for (long dimension : shape) {
        elements = Math.multiplyExact(elements, Math.max(dimension, 1));
      }
      type.bytes(elements);
    } catch (ArithmeticException overflow) {
      throw badShape(name, shape, at, "is larger than can be counted");
    }
  }

  /**
   * Refuses tensors that are not laid out as llama.cpp expects: each begins where the one before it
   * ends, rounded up to the alignment, and lies within the file.
   */
  static SequencedMap<String, TensorInfo> check(
      List<TensorInfo> tensors, int alignment, long dataOffset, long fileBytes)
      throws GgufException {
    SequencedMap<String, TensorInfo> byName = new LinkedHashMap<>();
    long expected = 0;
    for (TensorInfo tensor : tensors) {
      if (byName.put(tensor.name(), tensor) != null) {
        throw new GgufException(
            Cause.DUPLICATE_TENSOR, "tensor '%s' occurs twice".formatted(tensor.name()));
      }
      if (tensor.offset() != expected) {
        throw badOffset(tensor, expected, alignment);
      }
      long available = fileBytes - dataOffset - expected;
      if (tensor.bytes() > available) {
        throw new GgufException(
            Cause.TENSOR_OUT_OF_FILE,
            "tensor '%s' takes %d bytes from byte %d, but the file ends at byte %d; it is incomplete"
                .formatted(tensor.name(), tensor.bytes(), dataOffset + expected, fileBytes));
      }
      expected = GgufReader.align(expected + tensor.bytes(), alignment);
    }
    return byName;
  }

  private static GgufException badOffset(TensorInfo tensor, long expected, int alignment) {
    String problem;
    if (tensor.offset() % alignment != 0) {
      problem = "is not aligned to %d bytes".formatted(alignment);
    } else if (Long.compareUnsigned(tensor.offset(), expected) < 0) {
      problem = "overlaps the tensor before it";
    } else {
      problem = "leaves a gap before it";
    }
    return new GgufException(
        Cause.BAD_OFFSET,
        "tensor '%s' at offset %s %s; expected offset %d"
            .formatted(tensor.name(), Long.toUnsignedString(tensor.offset()), problem, expected));
  }

  private static GgufException badShape(String name, List<Long> shape, int at, String problem) {
    return new GgufException(
        Cause.BAD_DIMENSIONS,
        "tensor '%s' with shape %s at byte %d %s".formatted(name, shape, at, problem));
  }
}
