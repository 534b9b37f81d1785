package dev.flotilla.engine.llama;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BOOLEAN;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.flotilla.engine.Batch;
import dev.flotilla.engine.EngineException;
import dev.flotilla.engine.EngineFailure;
import dev.flotilla.engine.llama.LlamaContext.Part;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Where the hidden states of a part of a model enter and leave llama.cpp's graph: the callback that
 * ggml's scheduler asks about every tensor ({@code ggml_backend_sched_eval_callback}).
 *
 * <p>They leave as the output of the last layer, after which the graph is left, so that no output
 * head is computed. They enter as the batch's embeddings; architectures that scale embeddings would
 * scale them once more, which is undone where it happens. Confined to the compute thread.
 */
final class ActivationTap {
  private static final byte[] SCALED_INPUT = cString("inp_scaled");
  private static final long NAME = Layouts.offset(Layouts.TENSOR, "name");
  private static final long DIMENSIONS = Layouts.offset(Layouts.TENSOR, "ne");

  private final ContextFunctions contexts;
  private final Part part;
  private final int maxPassRows;
  private final byte[] output;
  private final MemorySegment callback;

  /** The hidden states of the batch as they come in. */
  private final MemorySegment input;

  /** Those of one pass, in its order. */
  private final MemorySegment pass;

  private Batch batch = new Batch(0);
  private List<int[]> passes = List.of();
  private int passesDone;
  private @Nullable RuntimeException failure;

  /**
   * A tap for batches of a context.
   *
   * @param batchRows rows of a batch
   * @param passRows rows computed at once
   * @param owner of the buffers and the callback
   */
  ActivationTap(LlamaLibrary library, Part part, int batchRows, int passRows, Arena owner) {
    this.contexts = library.contexts;
    this.part = part;
    this.maxPassRows = passRows;
    this.output = cString("l_out-" + (part.layers() - 1));
    this.input = owner.allocate(JAVA_FLOAT, part.first() ? 0 : (long) batchRows * part.width());
    this.pass = owner.allocate(JAVA_FLOAT, (long) passRows * part.width());
    this.callback = callback(library.functions, owner);
  }

  private static byte[] cString(String name) {
    return (name + '\0').getBytes(StandardCharsets.US_ASCII);
  }

  private MemorySegment callback(NativeFunctions functions, Arena owner) {
    try {
      return functions
          .linker()
          .upcallStub(
              MethodHandles.lookup()
                  .bind(
                      this,
                      "observe",
                      MethodType.methodType(
                          boolean.class, MemorySegment.class, boolean.class, MemorySegment.class)),
              FunctionDescriptor.of(
                  JAVA_BOOLEAN, ADDRESS.withTargetLayout(Layouts.TENSOR), JAVA_BOOLEAN, ADDRESS),
              owner);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("observe is a method of this class", e);
    }
  }

  MemorySegment callback() {
    return callback;
  }

  /** Where the batch's embeddings lie, for a part that isn't the first. */
  MemorySegment input() {
    return input;
  }

  /** Before a batch is computed. */
  void begin(Batch rows) {
    batch = rows;
    passes = Passes.of(rows, maxPassRows);
    passesDone = 0;
    failure = null;
    if (!part.first()) {
      MemorySegment.copy(
          rows.hidden(part.width()), 0, input, JAVA_FLOAT, 0, rows.size() * part.width());
    }
  }

  /**
   * After a batch was computed.
   *
   * @throws EngineException if the hidden states did not come out as they should
   */
  void end(Batch rows) {
    if (failure != null) {
      throw failure;
    }
    if (!part.last() && passesDone != passes.size()) {
      throw new EngineException(
          EngineFailure.INTERNAL,
          "%d of %d passes over %d rows gave hidden states"
              .formatted(passesDone, passes.size(), rows.size()));
    }
  }

  /**
   * The callback. Must not throw into native code.
   *
   * @param asks whether to wait for the tensor; false once it is computed
   * @return whether to wait for it, or, once it is computed, whether to go on
   */
  @SuppressWarnings("unused") // bound by name
  private boolean observe(MemorySegment tensor, boolean asks, MemorySegment unused) {
    boolean leaves = !part.last() && isNamed(tensor, output);
    boolean enters = !leaves && !part.first() && isNamed(tensor, SCALED_INPUT);
    if (asks) {
      return leaves || enters;
    }
    try {
      if (leaves) {
        leave(tensor);
      } else if (enters) {
        enter(tensor);
      }
    } catch (RuntimeException e) {
      failure = e;
    }
    return !leaves && failure == null;
  }

  private static boolean isNamed(MemorySegment tensor, byte[] name) {
    for (int i = 0; i < name.length; i++) {
      if (tensor.get(JAVA_BYTE, NAME + i) != name[i]) {
        return false;
      }
    }
    return true;
  }

  private void leave(MemorySegment tensor) {
    int width = part.width();
    int[] rows = rowsOf(tensor);
    contexts.tensorGet(tensor, pass, 4L * width * rows.length);
    float[] hidden = batch.hidden(width);
    for (int i = 0; i < rows.length; i++) {
      MemorySegment.copy(pass, JAVA_FLOAT, 4L * i * width, hidden, rows[i] * width, width);
    }
    passesDone++;
  }

  /** Undoes the scaling; the last part has no other occasion to count passes. */
  private void enter(MemorySegment tensor) {
    int width = part.width();
    int[] rows = rowsOf(tensor);
    for (int i = 0; i < rows.length; i++) {
      MemorySegment.copy(input, 4L * rows[i] * width, pass, 4L * i * width, 4L * width);
    }
    contexts.tensorSet(tensor, pass, 4L * width * rows.length);
    passesDone += part.last() ? 1 : 0;
  }

  private int[] rowsOf(MemorySegment tensor) {
    long width = tensor.get(JAVA_LONG, DIMENSIONS);
    long count = tensor.get(JAVA_LONG, DIMENSIONS + Long.BYTES);
    if (passesDone == passes.size()
        || width != part.width()
        || count != passes.get(passesDone).length) {
      throw new EngineException(
          EngineFailure.INTERNAL,
          "pass %d of %s computes %d rows of width %d"
              .formatted(passesDone, passes.stream().map(Arrays::toString).toList(), count, width));
    }
    return passes.get(passesDone);
  }
}
