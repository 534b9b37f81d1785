package dev.flotilla.sharding;

import java.util.List;

/**
 * The embeddings of some prompts.
 *
 * @param vectors one per prompt, each of the model's embedding width and of Euclidean length 1; not
 *     copied
 * @param promptTokens tokens read for all of them
 */
public record Embeddings(List<float[]> vectors, int promptTokens) {
  public Embeddings {
    vectors = List.copyOf(vectors);
  }
}
