package dev.flotilla.engine.llama;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import dev.flotilla.engine.EngineException;
import dev.flotilla.engine.EngineFailure;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.nio.file.Path;

/**
 * libllama, loaded and ready: its bound functions, its log, its CPU thread pools.
 *
 * <p>It stays loaded until the process ends: llama.cpp keeps threads and global state that can't be
 * unloaded safely, which is why its arena is the global one.
 */
public final class LlamaLibrary {
  private static final int DEVICE_TYPE_CPU = 0;
  private static final int DEVICE_TYPE_GPU = 1;

  final ModelFunctions models;
  final ContextFunctions contexts;
  final SamplerFunctions samplers;
  final NativeLog log;
  final NativeFunctions functions;

  private LlamaLibrary(NativeFunctions functions) {
    this.functions = functions;
    models = new ModelFunctions(functions);
    contexts = new ContextFunctions(functions);
    samplers = new SamplerFunctions(functions);
    log = new NativeLog();
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
    if (device(DEVICE_TYPE_CPU).equals(MemorySegment.NULL)) {
      throw new EngineException(
          EngineFailure.NATIVE_LIBRARY,
          "none of the CPU variants in " + folder + " runs on this processor");
    }
  }

  /** The device that computes most, for people: a GPU if one was found, else the CPU. */
  String deviceDescription() {
    MemorySegment gpu = device(DEVICE_TYPE_GPU);
    MemorySegment device = gpu.equals(MemorySegment.NULL) ? device(DEVICE_TYPE_CPU) : gpu;
    try {
      MethodHandle description = functions.bind(ADDRESS, "ggml_backend_dev_description", ADDRESS);
      return ((MemorySegment) description.invokeExact(device)).reinterpret(1024).getString(0);
    } catch (Throwable t) {
      throw NativeFunctions.failed("ggml_backend_dev_description", t);
    }
  }

  /**
   * A function of the CPU backend, which is loaded apart from libllama and found through its
   * registry.
   *
   * @param name the C function
   * @param descriptor its type
   */
  MethodHandle cpuFunction(String name, FunctionDescriptor descriptor) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment registry =
          (MemorySegment)
              functions
                  .bind(ADDRESS, "ggml_backend_dev_backend_reg", ADDRESS)
                  .invokeExact(device(DEVICE_TYPE_CPU));
      MemorySegment address =
          (MemorySegment)
              functions
                  .bind(ADDRESS, "ggml_backend_reg_get_proc_address", ADDRESS, ADDRESS)
                  .invokeExact(registry, arena.allocateFrom(name));
      if (address.equals(MemorySegment.NULL)) {
        throw new EngineException(EngineFailure.NATIVE_LIBRARY, "the CPU backend has no " + name);
      }
      return functions.linker().downcallHandle(address, descriptor);
    } catch (Throwable t) {
      throw NativeFunctions.failed("ggml_backend_reg_get_proc_address", t);
    }
  }

  private MemorySegment device(int type) {
    try {
      return (MemorySegment)
          functions.bind(ADDRESS, "ggml_backend_dev_by_type", JAVA_INT).invokeExact(type);
    } catch (Throwable t) {
      throw NativeFunctions.failed("ggml_backend_dev_by_type", t);
    }
  }
}
