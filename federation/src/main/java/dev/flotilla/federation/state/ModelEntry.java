package dev.flotilla.federation.state;

/**
 * A model that the swarm knows.
 *
 * @param modelId the name that requests use
 * @param layers transformer blocks
 * @param bytes size of its files
 * @param digest identifies its contents
 */
public record ModelEntry(String modelId, int layers, long bytes, String digest) {
  public ModelEntry {
    Limits.text("modelId", modelId);
    Limits.text("digest", digest);
    if (layers < 1 || layers > Limits.LAYERS || bytes < 0) {
      throw new IllegalArgumentException("%d layers of %d bytes".formatted(layers, bytes));
    }
  }
}
