package dev.flotilla.node.lending;

import dev.flotilla.engine.EngineOptions.Backend;

/**
 * What a node lends.
 *
 * @param memoryBytes for all stages together
 * @param threads compute threads of each stage
 * @param backend native libraries that run them
 * @param stagePorts where they listen
 */
public record Lending(long memoryBytes, int threads, Backend backend, PortRange stagePorts) {
  public Lending {
    if (memoryBytes < 1 || threads < 1) {
      throw new IllegalArgumentException("%d bytes, %d threads".formatted(memoryBytes, threads));
    }
  }
}
