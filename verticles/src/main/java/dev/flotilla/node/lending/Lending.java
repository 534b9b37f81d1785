package dev.flotilla.node.lending;

import dev.flotilla.engine.EngineOptions.Backend;
import java.nio.file.Path;

/**
 * What a node lends.
 *
 * @param memoryBytes for all stages together
 * @param threads compute threads of each stage
 * @param backend native libraries that run them
 * @param sliceFolder where slices of models are kept
 * @param sliceBytes the most that they take there
 */
public record Lending(
    long memoryBytes, int threads, Backend backend, Path sliceFolder, long sliceBytes) {
  public Lending {
    if (memoryBytes < 1 || threads < 1 || sliceBytes < 1) {
      throw new IllegalArgumentException(
          "%d bytes, %d threads, %d bytes of slices".formatted(memoryBytes, threads, sliceBytes));
    }
  }
}
