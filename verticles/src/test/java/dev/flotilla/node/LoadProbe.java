package dev.flotilla.node;

import dev.flotilla.engine.EngineException;
import dev.flotilla.engine.EngineOptions;
import dev.flotilla.engine.EngineOptions.Backend;
import dev.flotilla.engine.EngineOptionsBuilder;
import dev.flotilla.engine.llama.LlamaLibrary;
import dev.flotilla.engine.llama.LlamaStage;
import dev.flotilla.engine.llama.NativeLibraries;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/**
 * Loads the model files named on standard input, one after the other, and says how it went: may
 * crash on any.
 */
final class LoadProbe {
  private LoadProbe() {}

  /** Takes the cache folder of the native libraries. */
  public static void main(String[] args) throws IOException {
    LlamaLibrary library = LlamaLibrary.load(NativeLibraries.of(Backend.CPU), Path.of(args[0]));
    BufferedReader paths =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String path = paths.readLine(); path != null; path = paths.readLine()) {
      try (LlamaStage stage = LlamaStage.load(library, options(Path.of(path)), _ -> {})) {
        System.out.println("loaded " + stage.facts().layers());
      } catch (EngineException e) {
        System.out.println("refused " + e.getMessage().replace('\n', ' '));
      }
      System.out.flush();
    }
  }

  private static EngineOptions options(Path model) {
    return EngineOptionsBuilder.of(model, 64).queueLimit(1).batchTokens(64).build();
  }
}
