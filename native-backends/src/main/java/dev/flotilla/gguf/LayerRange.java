package dev.flotilla.gguf;

/**
 * Consecutive layers of a model.
 *
 * @param from the first layer
 * @param to the layer after the last
 */
public record LayerRange(int from, int to) {

  public LayerRange {
    if (from < 0 || to <= from) {
      throw new IllegalArgumentException("no layers in [%d, %d)".formatted(from, to));
    }
  }

  /** All layers of a model that has so many. */
  public static LayerRange all(int layers) {
    return new LayerRange(0, layers);
  }

  public int size() {
    return to - from;
  }

  public boolean contains(int layer) {
    return from <= layer && layer < to;
  }

  @Override
  public String toString() {
    return "[%d, %d)".formatted(from, to);
  }
}
