package dev.flotilla.engine.llama;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/**
 * Owns ggml's compute threads: one pool for single-token steps and one for prompt chunks, or one
 * for both.
 *
 * <p>ggml's own default pool makes its threads poll hard between graphs. On a machine whose cores
 * are shared with the node and its clients that starves both, so the pools are explicit.
 */
final class ComputeThreads implements AutoCloseable {
  private final MethodHandle free;
  private final MemorySegment pool;
  private final MemorySegment batchPool;

  private ComputeThreads(MethodHandle free, MemorySegment pool, MemorySegment batchPool) {
    this.free = free;
    this.pool = pool;
    this.batchPool = batchPool;
  }

  /**
   * Starts the threads.
   *
   * @param threads for single-token steps
   * @param batchThreads for prompt chunks
   * @param polling how long a thread polls for the next graph before it sleeps, 0 (not) to 100, in
   *     units of 131,072 spins
   */
  static ComputeThreads start(LlamaLibrary library, int threads, int batchThreads, int polling) {
    MemorySegment pool = newPool(library, threads, polling);
    return new ComputeThreads(
        library.devices.cpuFunction("ggml_threadpool_free", FunctionDescriptor.ofVoid(ADDRESS)),
        pool,
        batchThreads == threads ? pool : newPool(library, batchThreads, polling));
  }

  private static MemorySegment newPool(LlamaLibrary library, int threads, int polling) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment params = arena.allocate(Layouts.THREADPOOL_PARAMS);
      library
          .functions
          .bindVoid("ggml_threadpool_params_init", ADDRESS, JAVA_INT)
          .invokeExact(params, threads);
      Layouts.set(Layouts.THREADPOOL_PARAMS, params, "poll", polling);
      MethodHandle create =
          library.devices.cpuFunction(
              "ggml_threadpool_new", FunctionDescriptor.of(ADDRESS, ADDRESS));
      return (MemorySegment) create.invokeExact(params);
    } catch (Throwable t) {
      throw NativeFunctions.failed("ggml_threadpool_new", t);
    }
  }

  MemorySegment pool() {
    return pool;
  }

  MemorySegment batchPool() {
    return batchPool;
  }

  @Override
  public void close() {
    try {
      free.invokeExact(pool);
      if (!batchPool.equals(pool)) {
        free.invokeExact(batchPool);
      }
    } catch (Throwable t) {
      throw NativeFunctions.failed("ggml_threadpool_free", t);
    }
  }
}
