package dev.flotilla.engine.llama;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import dev.flotilla.engine.Batch;
import dev.flotilla.engine.EngineException;
import dev.flotilla.engine.EngineFailure;
import dev.flotilla.engine.EngineOptions.CacheType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Owns one {@code llama_context}: the KV cache of its sequences, the batch buffers, and the flag
 * that aborts a run. Confined to one thread, but for {@link #abort}.
 */
final class LlamaContext implements AutoCloseable {
  private static final int DECODED = 0;
  private static final int NO_ROOM = 1;
  private static final int ABORTED = 2;

  private final ContextFunctions contexts;
  private final NativeLog log;
  private final MemorySegment context;
  private final MemorySegment memory;
  private final Arena arena;

  private final MemorySegment batch;
  private final MemorySegment tokens;
  private final MemorySegment positions;
  private final MemorySegment sequences;
  private final MemorySegment outputs;
  private final MemorySegment abortFlag;
  private final @Nullable ActivationTap tap;
  private final boolean readsTokens;
  private final boolean outputsAll;
  private final int threadCount;
  private final int batchThreadCount;
  private int threadLimit = Integer.MAX_VALUE;

  /**
   * How a context is laid out.
   *
   * @param sequences sequences of the KV cache
   * @param tokensPerSequence positions each may use
   * @param batchTokens rows of one batch
   * @param microBatchTokens rows computed at once
   * @param outputs rows of one batch that may have logits
   * @param embeddings whether it yields embeddings instead of logits
   * @param pooling {@code enum llama_pooling_type}, -1 for the model's own
   * @param flashAttention empty lets llama.cpp decide
   * @param part which part of a model it computes; empty for a whole one
   */
  record Shape(
      int sequences,
      int tokensPerSequence,
      int batchTokens,
      int microBatchTokens,
      int outputs,
      boolean embeddings,
      int pooling,
      CacheType keyType,
      CacheType valueType,
      Optional<Boolean> flashAttention,
      Optional<Part> part) {}

  /**
   * A part of a model.
   *
   * @param layers layers that it holds
   * @param width floats of a hidden state
   * @param first whether it reads tokens instead of hidden states
   * @param last whether it yields logits instead of hidden states
   */
  record Part(int layers, int width, boolean first, boolean last) {}

  /**
   * Allocates the KV cache and the compute buffers.
   *
   * @throws EngineException {@link EngineFailure#MODEL_UNUSABLE} if the memory does not suffice or
   *     the model can't be run this way
   */
  LlamaContext(
      LlamaLibrary library,
      LlamaModel model,
      ComputeThreads threads,
      int threadCount,
      int batchThreadCount,
      Shape shape) {
    this.threadCount = threadCount;
    this.batchThreadCount = batchThreadCount;
    contexts = library.contexts;
    log = library.log;
    arena = Arena.ofShared();
    abortFlag = arena.allocate(2);
    MemorySegment params = contexts.contextDefaultParams(arena);
    set(params, "n_ctx", shape.sequences() * shape.tokensPerSequence());
    set(params, "n_batch", shape.batchTokens());
    set(params, "n_ubatch", shape.microBatchTokens());
    set(params, "n_seq_max", shape.sequences());
    set(params, "n_outputs_max", shape.outputs());
    set(params, "n_threads", threadCount);
    set(params, "n_threads_batch", batchThreadCount);
    set(params, "pooling_type", shape.pooling());
    set(params, "flash_attn_type", shape.flashAttention().map(on -> on ? 1 : 0).orElse(-1));
    set(params, "type_k", ggmlType(shape.keyType()));
    set(params, "type_v", ggmlType(shape.valueType()));
    Layouts.set(Layouts.CONTEXT_PARAMS, params, "embeddings", shape.embeddings());
    readsTokens = shape.part().map(Part::first).orElse(true);
    outputsAll = !shape.part().map(Part::last).orElse(true);
    tap =
        shape
            .part()
            .map(part ->
                new ActivationTap(
                    library, part, shape.batchTokens(), shape.microBatchTokens(), arena))
            .orElse(null);
    if (tap != null) {
      Layouts.set(Layouts.CONTEXT_PARAMS, params, "cb_eval", tap.callback());
    }
    library.log.takeErrors();
    context = contexts.contextInit(model.segment(), params);
    if (context.equals(MemorySegment.NULL)) {
      arena.close();
      throw new EngineException(
          EngineFailure.MODEL_UNUSABLE,
          "llama.cpp can't allocate a context of "
              + shape.sequences()
              + " slots of "
              + shape.tokensPerSequence()
              + " tokens: "
              + library.log.takeErrors());
    }
    memory = contexts.memory(context);
    contexts.attachThreadpool(context, threads.pool(), threads.batchPool());
    // Asked before every node of the graph. strlen of the flag is 0 (go on) or 1 (abort): a
    // callback that
    // costs no upcall into Java.
    contexts.setAbortCallback(
        context, library.functions.linker().defaultLookup().findOrThrow("strlen"), abortFlag);

    int capacity = shape.batchTokens();
    tokens = arena.allocate(JAVA_INT, capacity);
    positions = arena.allocate(JAVA_INT, capacity);
    sequences = arena.allocate(JAVA_INT, capacity);
    outputs = arena.allocate(JAVA_BYTE, capacity);
    MemorySegment sequenceCounts = arena.allocate(JAVA_INT, capacity);
    MemorySegment sequencePointers = arena.allocate(ADDRESS, capacity);
    for (int row = 0; row < capacity; row++) {
      sequenceCounts.setAtIndex(JAVA_INT, row, 1);
      sequencePointers.setAtIndex(ADDRESS, row, sequences.asSlice(row * 4L));
    }
    batch = arena.allocate(Layouts.BATCH);
    if (readsTokens || tap == null) {
      Layouts.set(Layouts.BATCH, batch, "token", tokens);
    } else {
      Layouts.set(Layouts.BATCH, batch, "embd", tap.input());
    }
    Layouts.set(Layouts.BATCH, batch, "pos", positions);
    Layouts.set(Layouts.BATCH, batch, "n_seq_id", sequenceCounts);
    Layouts.set(Layouts.BATCH, batch, "seq_id", sequencePointers);
    Layouts.set(Layouts.BATCH, batch, "logits", outputs);
  }

  private static void set(MemorySegment params, String field, int value) {
    Layouts.set(Layouts.CONTEXT_PARAMS, params, field, value);
  }

  /** {@code enum ggml_type}. */
  private static int ggmlType(CacheType type) {
    return switch (type) {
      case F32 -> 0;
      case F16 -> 1;
      case Q8_0 -> 8;
    };
  }

  int tokensPerSequence() {
    return contexts.contextTokensPerSequence(context);
  }

  /** From the next batch on, computes with no more threads than that, of those it was given. */
  void limitThreads(int limit) {
    if (limit != threadLimit) {
      threadLimit = limit;
      contexts.setThreads(context, Math.min(limit, threadCount), Math.min(limit, batchThreadCount));
    }
  }

  /**
   * Computes a batch.
   *
   * @return false if it was aborted; some rows may then be in the KV cache
   */
  boolean decode(Batch rows) {
    copy(rows);
    if (tap != null) {
      tap.begin(rows);
    }
    abortFlag.set(JAVA_BYTE, 0, (byte) 0);
    int result = contexts.decode(context, batch);
    log.setAborting(false);
    return switch (result) {
      case DECODED -> {
        if (tap != null) {
          tap.end(rows);
        }
        yield true;
      }
      case ABORTED -> false;
      case NO_ROOM ->
          throw new EngineException(
              EngineFailure.INTERNAL, "no room in the KV cache for a batch of " + rows.size());
      default ->
          throw new EngineException(
              EngineFailure.INTERNAL,
              "llama_decode failed with " + result + " on a batch of " + rows.size());
    };
  }

  /** Computes a batch by the model's encoder, which has no KV cache. */
  void encode(Batch rows) {
    copy(rows);
    int result = contexts.encode(context, batch);
    if (result != DECODED) {
      throw new EngineException(
          EngineFailure.INTERNAL,
          "llama_encode failed with " + result + " on a batch of " + rows.size());
    }
  }

  private void copy(Batch rows) {
    int size = rows.size();
    for (int row = 0; row < size; row++) {
      tokens.setAtIndex(JAVA_INT, row, rows.token(row));
      positions.setAtIndex(JAVA_INT, row, rows.position(row));
      sequences.setAtIndex(JAVA_INT, row, rows.slot(row));
      outputs.setAtIndex(JAVA_BYTE, row, (byte) (outputsAll || rows.output(row) ? 1 : 0));
    }
    Layouts.set(Layouts.BATCH, batch, "n_tokens", size);
  }

  /** Makes a {@link #decode} in progress return; any thread. */
  void abort() {
    log.setAborting(true);
    abortFlag.set(JAVA_BYTE, 0, (byte) 1);
  }

  /** The logits of an output row, {@code vocabularySize} floats, valid until the next batch. */
  MemorySegment logits(int row, int vocabularySize) {
    return contexts.logits(context, row).reinterpret(4L * vocabularySize);
  }

  MemorySegment segment() {
    return context;
  }

  /** The pooled embedding of a sequence, or of a row where nothing is pooled. */
  MemorySegment embedding(int sequence, int lastRow, int width) {
    MemorySegment pooled = contexts.embeddingsOfSequence(context, sequence);
    MemorySegment vector =
        pooled.equals(MemorySegment.NULL) ? contexts.embeddingsOfRow(context, lastRow) : pooled;
    if (vector.equals(MemorySegment.NULL)) {
      throw new EngineException(EngineFailure.UNSUPPORTED, "this model gives no embeddings");
    }
    return vector.reinterpret(4L * width);
  }

  /**
   * Drops the positions of a sequence from {@code length} on.
   *
   * @return false if its memory can't be cut there; it is empty then
   */
  boolean truncate(int sequence, int length) {
    if (contexts.memoryRemove(memory, sequence, length, -1) && holdsAll(sequence, length)) {
      return true;
    }
    contexts.memoryRemove(memory, sequence, -1, -1);
    return length == 0;
  }

  /**
   * A sliding-window cache may have dropped early positions already, which a shorter prefix needs
   * again.
   */
  private boolean holdsAll(int sequence, int length) {
    return length == 0 || contexts.memoryFirstPosition(memory, sequence) == 0;
  }

  boolean canShift() {
    return contexts.memoryCanShift(memory);
  }

  void shift(int sequence, int from, int to) {
    if (!contexts.memoryRemove(memory, sequence, from, to)) {
      throw new EngineException(EngineFailure.UNSUPPORTED, "this model's memory can't be shifted");
    }
    contexts.memoryShift(memory, sequence, to, -1, from - to);
  }

  /** Empties all sequences. */
  void clear() {
    if (!memory.equals(MemorySegment.NULL)) {
      contexts.memoryClear(memory, false);
    }
  }

  @Override
  public void close() {
    contexts.detachThreadpool(context);
    contexts.contextFree(context);
    arena.close();
  }
}
