package dev.flotilla.gguf;

import java.util.List;

/**
 * What a file says about a tensor.
 *
 * @param name unique in a model
 * @param shape elements per dimension, fastest-running first (ggml's {@code ne}), at most 4
 * @param type how elements are stored
 * @param offset bytes from the start of the file's data section
 */
public record TensorInfo(String name, List<Long> shape, GgmlType type, long offset) {

  public TensorInfo {
    shape = List.copyOf(shape);
  }

  /** Elements in all dimensions; 1 for a scalar. */
  public long elements() {
    return shape.stream().reduce(1L, Math::multiplyExact);
  }

  /** Bytes of the data, without padding. */
  public long bytes() {
    return type.bytes(elements());
  }

  /** Elements of a dimension; 1 beyond those it has. */
  public long dimension(int index) {
    return index < shape.size() ? shape.get(index) : 1;
  }
}
