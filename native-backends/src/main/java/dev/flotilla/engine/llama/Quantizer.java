package dev.flotilla.engine.llama;

import dev.flotilla.engine.EngineException;
import dev.flotilla.engine.EngineFailure;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;

/** Rewrites model files with smaller weights. */
public final class Quantizer {
  private final LlamaLibrary library;

  /** Storage types of whole files; numbers are those of {@code enum llama_ftype}. */
  public enum FileType {
    F16(1),
    Q4_0(2),
    Q8_0(7),
    Q4_K_M(15),
    Q6_K(18);

    private final int number;

    FileType(int number) {
      this.number = number;
    }
  }

  /** A quantizer that uses a loaded library. */
  public Quantizer(LlamaLibrary library) {
    this.library = library;
  }

  /**
   * Writes {@code output} from {@code input}. Blocks for as long as it takes.
   *
   * @throws EngineException {@link EngineFailure#MODEL_UNUSABLE} if llama.cpp can't
   */
  public void quantize(Path input, Path output, FileType type, int threads) {
    library.log.takeErrors();
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment params = library.models.modelQuantizeDefaultParams(arena);
      Layouts.set(Layouts.QUANTIZE_PARAMS, params, "ftype", type.number);
      Layouts.set(Layouts.QUANTIZE_PARAMS, params, "nthread", threads);
      int result =
          library.models.modelQuantize(
              arena.allocateFrom(input.toString()), arena.allocateFrom(output.toString()), params);
      if (result != 0) {
        throw new EngineException(
            EngineFailure.MODEL_UNUSABLE,
            "llama.cpp can't quantize " + input + ": " + library.log.takeErrors());
      }
    }
  }
}
