package dev.flotilla.gguf.forge;

import dev.flotilla.gguf.GgmlType;
import java.util.Arrays;
import java.util.List;

/**
 * A tensor to forge: elements drawn from N(mean, deviation²).
 *
 * @param shape elements per dimension, fastest-running first
 */
record Blueprint(String name, List<Long> shape, GgmlType type, float mean, float deviation) {
  private static final float NORM_DEVIATION = 0.1f;
  private static final float BIAS_DEVIATION = 0.02f;

  /** Weights of a norm: about one. */
  static Blueprint norm(String name, long width) {
    return new Blueprint(name, List.of(width), GgmlType.F32, 1, NORM_DEVIATION);
  }

  /** Biases: about zero. */
  static Blueprint bias(String name, long width) {
    return new Blueprint(name, List.of(width), GgmlType.F32, 0, BIAS_DEVIATION);
  }

  /**
   * A projection that keeps the variance of its input, times a gain squared. Rows that a quantised
   * type cannot store are of F16.
   */
  static Blueprint matrix(String name, GgmlType type, float gain, long... shape) {
    GgmlType storable = shape[0] % type.blockElements() == 0 ? type : GgmlType.F16;
    List<Long> dimensions = Arrays.stream(shape).boxed().toList();
    return new Blueprint(
        name, dimensions, storable, 0, gain / (float) Math.sqrt((double) shape[0]));
  }
}
