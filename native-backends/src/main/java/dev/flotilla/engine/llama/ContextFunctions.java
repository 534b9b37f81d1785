package dev.flotilla.engine.llama;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BOOLEAN;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.lang.invoke.MethodHandle;

/**
 * The functions of {@code llama.h} about contexts: KV memory, batches and their results. One method
 * per C function, which its Javadoc names; pointers are raw segments that {@link LlamaContext}
 * owns.
 */
final class ContextFunctions {
  private final MethodHandle contextDefaultParams;
  private final MethodHandle contextInit;
  private final MethodHandle contextFree;
  private final MethodHandle contextTokensPerSequence;
  private final MethodHandle attachThreadpool;
  private final MethodHandle detachThreadpool;
  private final MethodHandle setThreads;
  private final MethodHandle setAbortCallback;
  private final MethodHandle decode;
  private final MethodHandle encode;
  private final MethodHandle logits;
  private final MethodHandle embeddingsOfRow;
  private final MethodHandle embeddingsOfSequence;
  private final MethodHandle poolingType;
  private final MethodHandle memory;
  private final MethodHandle memoryClear;
  private final MethodHandle memoryRemove;
  private final MethodHandle memoryShift;
  private final MethodHandle memoryCanShift;
  private final MethodHandle memoryFirstPosition;
  private final MethodHandle memoryLastPosition;
  private final MethodHandle tensorGet;
  private final MethodHandle tensorSet;

  ContextFunctions(NativeFunctions functions) {
    contextDefaultParams = functions.bind(Layouts.CONTEXT_PARAMS, "llama_context_default_params");
    contextInit = functions.bind(ADDRESS, "llama_init_from_model", ADDRESS, Layouts.CONTEXT_PARAMS);
    contextFree = functions.bindVoid("llama_free", ADDRESS);
    contextTokensPerSequence = functions.bind(JAVA_INT, "llama_n_ctx_seq", ADDRESS);
    attachThreadpool = functions.bindVoid("llama_attach_threadpool", ADDRESS, ADDRESS, ADDRESS);
    detachThreadpool = functions.bindVoid("llama_detach_threadpool", ADDRESS);
    setThreads = functions.bindVoid("llama_set_n_threads", ADDRESS, JAVA_INT, JAVA_INT);
    setAbortCallback = functions.bindVoid("llama_set_abort_callback", ADDRESS, ADDRESS, ADDRESS);
    decode = functions.bind(JAVA_INT, "llama_decode", ADDRESS, Layouts.BATCH);
    encode = functions.bind(JAVA_INT, "llama_encode", ADDRESS, Layouts.BATCH);
    logits = functions.bind(ADDRESS, "llama_get_logits_ith", ADDRESS, JAVA_INT);
    embeddingsOfRow = functions.bind(ADDRESS, "llama_get_embeddings_ith", ADDRESS, JAVA_INT);
    embeddingsOfSequence = functions.bind(ADDRESS, "llama_get_embeddings_seq", ADDRESS, JAVA_INT);
    poolingType = functions.bind(JAVA_INT, "llama_pooling_type", ADDRESS);
    memory = functions.bind(ADDRESS, "llama_get_memory", ADDRESS);
    memoryClear = functions.bindVoid("llama_memory_clear", ADDRESS, JAVA_BOOLEAN);
    memoryRemove =
        functions.bind(JAVA_BOOLEAN, "llama_memory_seq_rm", ADDRESS, JAVA_INT, JAVA_INT, JAVA_INT);
    memoryShift =
        functions.bindVoid("llama_memory_seq_add", ADDRESS, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT);
    memoryCanShift = functions.bind(JAVA_BOOLEAN, "llama_memory_can_shift", ADDRESS);
    memoryFirstPosition = functions.bind(JAVA_INT, "llama_memory_seq_pos_min", ADDRESS, JAVA_INT);
    memoryLastPosition = functions.bind(JAVA_INT, "llama_memory_seq_pos_max", ADDRESS, JAVA_INT);
    tensorGet =
        functions.bindVoid("ggml_backend_tensor_get", ADDRESS, ADDRESS, JAVA_LONG, JAVA_LONG);
    tensorSet =
        functions.bindVoid("ggml_backend_tensor_set", ADDRESS, ADDRESS, JAVA_LONG, JAVA_LONG);
  }

  /** {@code llama_context_default_params}, allocated by the owner. */
  MemorySegment contextDefaultParams(SegmentAllocator owner) {
    try {
      return (MemorySegment) contextDefaultParams.invokeExact(owner);
    } catch (Throwable t) {
      throw NativeFunctions.failed("llama_context_default_params", t);
    }
  }

  /** {@code llama_init_from_model}: NULL if the memory does not suffice. */
  MemorySegment contextInit(MemorySegment model, MemorySegment params) {
    try {
      return (MemorySegment) contextInit.invokeExact(model, params);
    } catch (Throwable t) {
      throw NativeFunctions.failed("llama_init_from_model", t);
    }
  }

  /** {@code llama_free}. */
  void contextFree(MemorySegment context) {
    try {
      contextFree.invokeExact(context);
    } catch (Throwable t) {
      throw NativeFunctions.failed("llama_free", t);
    }
  }

  /** {@code llama_n_ctx_seq}. */
  int contextTokensPerSequence(MemorySegment context) {
    try {
      return (int) contextTokensPerSequence.invokeExact(context);
    } catch (Throwable t) {
      throw NativeFunctions.failed("llama_n_ctx_seq", t);
    }
  }

  /** {@code llama_attach_threadpool}. */
  void attachThreadpool(MemorySegment context, MemorySegment pool, MemorySegment batchPool) {
    try {
      attachThreadpool.invokeExact(context, pool, batchPool);
    } catch (Throwable t) {
      throw NativeFunctions.failed("llama_attach_threadpool", t);
    }
  }

  /** {@code llama_detach_threadpool}. */
  void detachThreadpool(MemorySegment context) {
    try {
      detachThreadpool.invokeExact(context);
    } catch (Throwable t) {
      throw NativeFunctions.failed("llama_detach_threadpool", t);
    }
  }

  /** {@code llama_set_n_threads}. */
  void setThreads(MemorySegment context, int threads, int batchThreads) {
    try {
      setThreads.invokeExact(context, threads, batchThreads);
    } catch (Throwable t) {
      throw NativeFunctions.failed("llama_set_n_threads", t);
    }
  }

  /** {@code llama_set_abort_callback}. */
  void setAbortCallback(MemorySegment context, MemorySegment callback, MemorySegment data) {
    try {
      setAbortCallback.invokeExact(context, callback, data);
    } catch (Throwable t) {
      throw NativeFunctions.failed("llama_set_abort_callback", t);
    }
  }

  /** {@code llama_decode}: 0 on success, 1 no KV room, 2 aborted, below 0 failed. */
  int decode(MemorySegment context, MemorySegment batch) {
    try {
      return (int) decode.invokeExact(context, batch);
    } catch (Throwable t) {
      throw NativeFunctions.failed("llama_decode", t);
    }
  }

  /** {@code llama_encode}: 0 on success, below 0 failed. */
  int encode(MemorySegment context, MemorySegment batch) {
    try {
      return (int) encode.invokeExact(context, batch);
    } catch (Throwable t) {
      throw NativeFunctions.failed("llama_encode", t);
    }
  }

  /** {@code llama_get_logits_ith}: NULL for a row without output. */
  MemorySegment logits(MemorySegment context, int row) {
    try {
      return (MemorySegment) logits.invokeExact(context, row);
    } catch (Throwable t) {
      throw NativeFunctions.failed("llama_get_logits_ith", t);
    }
  }

  /** {@code llama_get_embeddings_ith}. */
  MemorySegment embeddingsOfRow(MemorySegment context, int row) {
    try {
      return (MemorySegment) embeddingsOfRow.invokeExact(context, row);
    } catch (Throwable t) {
      throw NativeFunctions.failed("llama_get_embeddings_ith", t);
    }
  }

  /** {@code llama_get_embeddings_seq}: NULL without pooling. */
  MemorySegment embeddingsOfSequence(MemorySegment context, int sequence) {
    try {
      return (MemorySegment) embeddingsOfSequence.invokeExact(context, sequence);
    } catch (Throwable t) {
      throw NativeFunctions.failed("llama_get_embeddings_seq", t);
    }
  }

  /** {@code llama_pooling_type}. */
  int poolingType(MemorySegment context) {
    try {
      return (int) poolingType.invokeExact(context);
    } catch (Throwable t) {
      throw NativeFunctions.failed("llama_pooling_type", t);
    }
  }

  /** {@code llama_get_memory}: NULL for models without one. */
  MemorySegment memory(MemorySegment context) {
    try {
      return (MemorySegment) memory.invokeExact(context);
    } catch (Throwable t) {
      throw NativeFunctions.failed("llama_get_memory", t);
    }
  }

  /** {@code llama_memory_clear}. */
  void memoryClear(MemorySegment memory, boolean data) {
    try {
      memoryClear.invokeExact(memory, data);
    } catch (Throwable t) {
      throw NativeFunctions.failed("llama_memory_clear", t);
    }
  }

  /** {@code llama_memory_seq_rm}: false if a part can't be removed. */
  boolean memoryRemove(MemorySegment memory, int sequence, int from, int to) {
    try {
      return (boolean) memoryRemove.invokeExact(memory, sequence, from, to);
    } catch (Throwable t) {
      throw NativeFunctions.failed("llama_memory_seq_rm", t);
    }
  }

  /** {@code llama_memory_seq_add}. */
  void memoryShift(MemorySegment memory, int sequence, int from, int to, int delta) {
    try {
      memoryShift.invokeExact(memory, sequence, from, to, delta);
    } catch (Throwable t) {
      throw NativeFunctions.failed("llama_memory_seq_add", t);
    }
  }

  /** {@code llama_memory_can_shift}. */
  boolean memoryCanShift(MemorySegment memory) {
    try {
      return (boolean) memoryCanShift.invokeExact(memory);
    } catch (Throwable t) {
      throw NativeFunctions.failed("llama_memory_can_shift", t);
    }
  }

  /** {@code llama_memory_seq_pos_min}: -1 for an empty sequence. */
  int memoryFirstPosition(MemorySegment memory, int sequence) {
    try {
      return (int) memoryFirstPosition.invokeExact(memory, sequence);
    } catch (Throwable t) {
      throw NativeFunctions.failed("llama_memory_seq_pos_min", t);
    }
  }

  /** {@code llama_memory_seq_pos_max}: -1 for an empty sequence. */
  int memoryLastPosition(MemorySegment memory, int sequence) {
    try {
      return (int) memoryLastPosition.invokeExact(memory, sequence);
    } catch (Throwable t) {
      throw NativeFunctions.failed("llama_memory_seq_pos_max", t);
    }
  }

  /** {@code ggml_backend_tensor_get}: copies the first bytes of a tensor out of its device. */
  void tensorGet(MemorySegment tensor, MemorySegment data, long bytes) {
    try {
      tensorGet.invokeExact(tensor, data, 0L, bytes);
    } catch (Throwable t) {
      throw NativeFunctions.failed("ggml_backend_tensor_get", t);
    }
  }

  /** {@code ggml_backend_tensor_set}: overwrites the first bytes of a tensor in its device. */
  void tensorSet(MemorySegment tensor, MemorySegment data, long bytes) {
    try {
      tensorSet.invokeExact(tensor, data, 0L, bytes);
    } catch (Throwable t) {
      throw NativeFunctions.failed("ggml_backend_tensor_set", t);
    }
  }
}
