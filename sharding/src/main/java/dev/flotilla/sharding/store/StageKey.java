package dev.flotilla.sharding.store;

import dev.flotilla.gguf.LayerRange;

/**
 * Which slice.
 *
 * @param contentId of the model's manifest
 * @param range its layers
 */
public record StageKey(String contentId, LayerRange range) {

  public StageKey {
    if (!Sha256.isDigest(contentId)) {
      throw new IllegalArgumentException("not a content id");
    }
  }

  @Override
  public String toString() {
    return "layers %s of model %s…".formatted(range, contentId.substring(0, 12));
  }
}
