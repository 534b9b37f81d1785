package dev.flotilla.sharding.store;

import java.nio.file.Path;

/**
 * A slice that is whole, verified and stays where it is until this is closed.
 *
 * @param file a GGUF that stock llama.cpp loads
 */
public record StageSlice(StageKey key, Path file, Runnable release) implements AutoCloseable {

  /** Lets the cache drop the slice when it needs the room. Closing twice counts once. */
  @Override
  public void close() {
    release.run();
  }
}
