package dev.flotilla.engine.llama;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.flotilla.engine.ComputeDevices;
import dev.flotilla.engine.ComputeDevices.Gpu;
import dev.flotilla.engine.EngineException;
import dev.flotilla.engine.EngineFailure;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.util.ArrayList;
import java.util.List;

/**
 * The devices of ggml's loaded backends ({@code ggml-backend.h}). Pointers to them hold as long as
 * the backends are loaded, which is until the process ends.
 *
 * @param functions of libllama, which ggml's are found through
 */
record BackendDevices(NativeFunctions functions) {
  private static final int TYPE_CPU = 0;
  private static final int TYPE_GPU = 1;
  private static final int TYPE_INTEGRATED_GPU = 2;

  /** Longer texts, and longer lists of features, are none of ggml's. */
  private static final int MAX_TEXT = 1024;

  private static final int MAX_FEATURES = 256;

  private static final long FEATURE_BYTES = 2 * ADDRESS.byteSize();

  /** Whether a variant of the CPU backend runs on this processor. */
  boolean haveCpu() {
    return !first(TYPE_CPU).equals(MemorySegment.NULL);
  }

  /** The device that computes most, for people: a GPU if one was found, else the CPU. */
  String description() {
    MemorySegment gpu = first(TYPE_GPU);
    return text("ggml_backend_dev_description", gpu.equals(MemorySegment.NULL) ? cpu() : gpu);
  }

  /** All that there is to compute with. */
  ComputeDevices found() {
    return new ComputeDevices(text("ggml_backend_dev_description", cpu()), cpuFeatures(), gpus());
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
      MemorySegment address =
          (MemorySegment)
              functions
                  .bind(ADDRESS, "ggml_backend_reg_get_proc_address", ADDRESS, ADDRESS)
                  .invokeExact(cpuRegistry(), arena.allocateFrom(name));
      if (address.equals(MemorySegment.NULL)) {
        throw new EngineException(EngineFailure.NATIVE_LIBRARY, "the CPU backend has no " + name);
      }
      return functions.linker().downcallHandle(address, descriptor);
    } catch (Throwable t) {
      throw NativeFunctions.failed("ggml_backend_reg_get_proc_address", t);
    }
  }

  /** An array of names and values that ends with a null name. */
  private List<String> cpuFeatures() {
    MethodHandle getFeatures =
        cpuFunction("ggml_backend_get_features", FunctionDescriptor.of(ADDRESS, ADDRESS));
    List<String> features = new ArrayList<>();
    try {
      MemorySegment array =
          ((MemorySegment) getFeatures.invokeExact(cpuRegistry()))
              .reinterpret((MAX_FEATURES + 1) * FEATURE_BYTES);
      for (long at = 0; at < MAX_FEATURES * FEATURE_BYTES; at += FEATURE_BYTES) {
        MemorySegment name = array.get(ADDRESS, at);
        if (name.equals(MemorySegment.NULL)) {
          break;
        }
        feature(text(name), text(array.get(ADDRESS, at + ADDRESS.byteSize())), features);
      }
    } catch (Throwable t) {
      throw NativeFunctions.failed("ggml_backend_get_features", t);
    }
    return features;
  }

  private static void feature(String name, String value, List<String> features) {
    switch (value) {
      case "0" -> {}
      case "1" -> features.add(name);
      default -> features.add(name + "=" + value);
    }
  }

  private List<Gpu> gpus() {
    List<Gpu> gpus = new ArrayList<>();
    try {
      long count = (long) functions.bind(JAVA_LONG, "ggml_backend_dev_count").invokeExact();
      MethodHandle get = functions.bind(ADDRESS, "ggml_backend_dev_get", JAVA_LONG);
      MethodHandle typeOf = functions.bind(JAVA_INT, "ggml_backend_dev_type", ADDRESS);
      for (long i = 0; i < count; i++) {
        MemorySegment device = (MemorySegment) get.invokeExact(i);
        int type = (int) typeOf.invokeExact(device);
        if (type == TYPE_GPU || type == TYPE_INTEGRATED_GPU) {
          gpus.add(gpu(device));
        }
      }
    } catch (Throwable t) {
      throw NativeFunctions.failed("ggml_backend_dev_get", t);
    }
    return gpus;
  }

  private Gpu gpu(MemorySegment device) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment free = arena.allocate(JAVA_LONG);
      MemorySegment total = arena.allocate(JAVA_LONG);
      functions
          .bindVoid("ggml_backend_dev_memory", ADDRESS, ADDRESS, ADDRESS)
          .invokeExact(device, free, total);
      return new Gpu(
          text("ggml_backend_dev_name", device),
          text("ggml_backend_dev_description", device),
          total.get(JAVA_LONG, 0));
    } catch (Throwable t) {
      throw NativeFunctions.failed("ggml_backend_dev_memory", t);
    }
  }

  private String text(String function, MemorySegment device) {
    try {
      return text((MemorySegment) functions.bind(ADDRESS, function, ADDRESS).invokeExact(device));
    } catch (Throwable t) {
      throw NativeFunctions.failed(function, t);
    }
  }

  private static String text(MemorySegment chars) {
    return chars.reinterpret(MAX_TEXT).getString(0);
  }

  private MemorySegment cpuRegistry() throws Throwable {
    return (MemorySegment)
        functions.bind(ADDRESS, "ggml_backend_dev_backend_reg", ADDRESS).invokeExact(cpu());
  }

  private MemorySegment cpu() {
    return first(TYPE_CPU);
  }

  private MemorySegment first(int type) {
    try {
      return (MemorySegment)
          functions.bind(ADDRESS, "ggml_backend_dev_by_type", JAVA_INT).invokeExact(type);
    } catch (Throwable t) {
      throw NativeFunctions.failed("ggml_backend_dev_by_type", t);
    }
  }
}
