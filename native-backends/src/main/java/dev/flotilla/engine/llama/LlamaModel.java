package dev.flotilla.engine.llama;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BOOLEAN;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import dev.flotilla.engine.EngineException;
import dev.flotilla.engine.EngineFailure;
import dev.flotilla.engine.EngineOptions;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.function.DoubleConsumer;

/** Owns one {@code llama_model}: its weights and its vocabulary. */
final class LlamaModel implements AutoCloseable {
  /** {@code enum llama_load_mode}. */
  private static final int LOAD_NONE = 0;

  private static final int LOAD_MMAP = 1;
  private static final int LOAD_MLOCK = 2;
  private static final int LOAD_MMAP_MLOCK = 3;

  private final LlamaLibrary library;
  private final MemorySegment model;
  private final LlamaVocabulary vocabulary;

  private LlamaModel(LlamaLibrary library, MemorySegment model) {
    this.library = library;
    this.model = model;
    this.vocabulary = new LlamaVocabulary(library.models, library.models.modelVocab(model));
  }

  /**
   * Loads the weights. Blocks for as long as the disk takes.
   *
   * @param progress told how far it is, 0 to 1, on this thread
   * @throws EngineException {@link EngineFailure#MODEL_UNUSABLE} with llama.cpp's own reason
   */
  static LlamaModel load(LlamaLibrary library, EngineOptions options, DoubleConsumer progress) {
    library.log.takeErrors();
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment params = library.models.modelDefaultParams(arena);
      Layouts.set(Layouts.MODEL_PARAMS, params, "n_gpu_layers", options.gpuLayers());
      Layouts.set(Layouts.MODEL_PARAMS, params, "load_mode", loadMode(options));
      Layouts.set(
          Layouts.MODEL_PARAMS,
          params,
          "progress_callback",
          progressCallback(library.functions, progress, arena));
      MemorySegment model =
          library.models.modelLoadFromFile(arena.allocateFrom(options.model().toString()), params);
      if (model.equals(MemorySegment.NULL)) {
        throw new EngineException(
            EngineFailure.MODEL_UNUSABLE,
            "llama.cpp can't load "
                + options.model().getFileName()
                + ": "
                + library.log.takeErrors());
      }
      if (options.mapFile() && !options.lockMemory()) {
        MappedWeights.release(library.functions, options.model());
      }
      return new LlamaModel(library, model);
    }
  }

  private static int loadMode(EngineOptions options) {
    if (options.mapFile()) {
      return options.lockMemory() ? LOAD_MMAP_MLOCK : LOAD_MMAP;
    }
    return options.lockMemory() ? LOAD_MLOCK : LOAD_NONE;
  }

  private static MemorySegment progressCallback(
      NativeFunctions functions, DoubleConsumer progress, Arena arena) {
    try {
      return functions
          .linker()
          .upcallStub(
              MethodHandles.lookup()
                  .findStatic(
                      LlamaModel.class,
                      "report",
                      MethodType.methodType(
                          boolean.class, DoubleConsumer.class, float.class, MemorySegment.class))
                  .bindTo(progress),
              FunctionDescriptor.of(JAVA_BOOLEAN, JAVA_FLOAT, ADDRESS),
              arena);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("report is a method of this class", e);
    }
  }

  /** The progress callback; true goes on loading. Must not throw into native code. */
  @SuppressWarnings("unused") // bound by name
  private static boolean report(DoubleConsumer progress, float fraction, MemorySegment unused) {
    try {
      progress.accept(fraction);
      return true;
    } catch (RuntimeException e) {
      return false;
    }
  }

  MemorySegment segment() {
    return model;
  }

  LlamaVocabulary vocabulary() {
    return vocabulary;
  }

  int trainedContext() {
    return library.models.modelContextTrained(model);
  }

  /**
   * Whether its memory gives up what is old, or folds it into a state: a sliding window, a
   * recurrent part.
   */
  boolean forgets() {
    return library.models.modelWindow(model) > 0
        || library.models.modelIsRecurrent(model)
        || library.models.modelIsHybrid(model);
  }

  int embeddingWidth() {
    return library.models.modelEmbeddingWidth(model);
  }

  int layers() {
    return library.models.modelLayers(model);
  }

  long parameters() {
    return library.models.modelParameters(model);
  }

  long bytes() {
    return library.models.modelBytes(model);
  }

  /** Whether it can only embed, as BERT: its attention looks both ways, or it has no decoder. */
  boolean encodesOnly() {
    String causal = metadata(metadata("general.architecture") + ".attention.causal");
    return causal.equals("false") || !library.models.modelHasDecoder(model);
  }

  /** A metadata value as text; empty if the file has none. */
  String metadata(String key) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment buffer = arena.allocate(256);
      int length =
          library.models.modelMetaValue(model, arena.allocateFrom(key), buffer, buffer.byteSize());
      return length < 0 ? "" : buffer.getString(0);
    }
  }

  @Override
  public void close() {
    library.models.modelFree(model);
  }
}
