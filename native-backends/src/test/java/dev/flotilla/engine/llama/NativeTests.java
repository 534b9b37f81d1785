package dev.flotilla.engine.llama;

import dev.flotilla.engine.EngineOptions;
import dev.flotilla.engine.EngineOptions.Backend;
import dev.flotilla.engine.EngineOptionsBuilder;
import java.nio.file.Path;

/**
 * What tests of the real engine share: the library, loaded once in the test's JVM, and plain
 * options.
 */
public final class NativeTests {
  private static final LlamaLibrary LIBRARY =
      LlamaLibrary.load(NativeLibraries.of(Backend.CPU), Path.of("target", "natives-cache"));

  private NativeTests() {}

  /** The library. */
  public static LlamaLibrary library() {
    return LIBRARY;
  }

  /** Options as a node would set them for one slot and one thread. */
  public static EngineOptions options(Path model, int contextTokens, int slots) {
    return EngineOptionsBuilder.of(model, contextTokens).slots(slots).build();
  }

  /** A stage of a model. The caller closes it. */
  public static LlamaStage stage(EngineOptions options) {
    return LlamaStage.load(LIBRARY, options, _ -> {});
  }
}
