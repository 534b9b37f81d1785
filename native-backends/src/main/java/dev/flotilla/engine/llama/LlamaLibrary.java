package dev.flotilla.engine.llama;

import static java.lang.foreign.ValueLayout.ADDRESS;

import dev.flotilla.engine.ComputeDevices;
import dev.flotilla.engine.EngineException;
import dev.flotilla.engine.EngineFailure;
import java.lang.foreign.Arena;
import java.lang.foreign.Linker;
import java.lang.foreign.SymbolLookup;
import java.nio.file.Path;

/**
 * libllama, loaded and ready: its bound functions, its log, its CPU thread pools.
 *
 * <p>It stays loaded until the process ends: llama.cpp keeps threads and global state that can't be
 * unloaded safely, which is why its arena is the global one.
 */
public final class LlamaLibrary {
  final ModelFunctions models;
  final ContextFunctions contexts;
  final SamplerFunctions samplers;
  final NativeLog log;
  final NativeFunctions functions;
  final BackendDevices devices;

  private LlamaLibrary(NativeFunctions functions) {
    this.functions = functions;
    models = new ModelFunctions(functions);
    contexts = new ContextFunctions(functions);
    samplers = new SamplerFunctions(functions);
    log = new NativeLog();
    devices = new BackendDevices(functions);
  }

  /**
   * Loads the libraries and the backends beside them, of which ggml picks the best CPU variant for
   * this machine. Once per process.
   *
   * @param cache folder the libraries are unpacked into
   * @throws EngineException {@link EngineFailure#NATIVE_LIBRARY} if they can't be loaded
   */
  public static LlamaLibrary load(NativeLibraries libraries, Path cache) {
    Path folder = libraries.unpack(cache);
    Arena process = Arena.global();
    SymbolLookup symbols;
    try {
      symbols = SymbolLookup.libraryLookup(folder.resolve(libraries.llamaFile()), process);
    } catch (IllegalArgumentException e) {
      throw new EngineException(
          EngineFailure.NATIVE_LIBRARY,
          "can't load " + libraries.llamaFile() + " from " + folder + ": " + e.getMessage());
    }
    LlamaLibrary library = new LlamaLibrary(new NativeFunctions(Linker.nativeLinker(), symbols));
    library.log.attach(library.functions, process);
    library.loadBackends(folder);
    return library;
  }

  private void loadBackends(Path folder) {
    try (Arena arena = Arena.ofConfined()) {
      functions
          .bindVoid("ggml_backend_load_all_from_path", ADDRESS)
          .invokeExact(arena.allocateFrom(folder.toString()));
      functions.bindVoid("llama_backend_init").invokeExact();
    } catch (Throwable t) {
      throw NativeFunctions.failed("ggml_backend_load_all_from_path", t);
    }
    if (!devices.haveCpu()) {
      throw new EngineException(
          EngineFailure.NATIVE_LIBRARY,
          "none of the CPU variants in " + folder + " runs on this processor");
    }
  }

  /** What this machine has to compute with, as far as the loaded backends can use it. */
  public ComputeDevices devices() {
    return devices.found();
  }
}
