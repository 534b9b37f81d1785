package dev.flotilla.engine.llama;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BOOLEAN;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * A {@code llama_token_data_array} of the whole vocabulary, reused from token to token. The memory
 * belongs to the arena it is made with.
 */
final class Candidates {
  private static final long STRIDE = Layouts.TOKEN_DATA.byteSize();
  private static final long LOGIT = Layouts.offset(Layouts.TOKEN_DATA, "logit");
  private static final long SIZE = Layouts.offset(Layouts.TOKEN_DATA_ARRAY, "size");
  private static final long SELECTED = Layouts.offset(Layouts.TOKEN_DATA_ARRAY, "selected");
  private static final long SORTED = Layouts.offset(Layouts.TOKEN_DATA_ARRAY, "sorted");

  private final int vocabularySize;
  private final MemorySegment data;
  private final MemorySegment array;
  private final MemorySegment single;
  private final MemorySegment singleArray;

  Candidates(int vocabularySize, Arena arena) {
    this.vocabularySize = vocabularySize;
    data = arena.allocate(Layouts.TOKEN_DATA, vocabularySize);
    array = arena.allocate(Layouts.TOKEN_DATA_ARRAY);
    single = arena.allocate(Layouts.TOKEN_DATA);
    singleArray = arena.allocate(Layouts.TOKEN_DATA_ARRAY);
  }

  /** All tokens with their logits, in the order of their ids. */
  void fill(MemorySegment logits) {
    for (int id = 0; id < vocabularySize; id++) {
      data.set(JAVA_INT, id * STRIDE, id);
      data.set(JAVA_FLOAT, id * STRIDE + LOGIT, logits.getAtIndex(JAVA_FLOAT, id));
    }
    reset(array, data, vocabularySize);
  }

  private static void reset(MemorySegment array, MemorySegment data, int size) {
    array.set(ADDRESS, 0, data);
    array.set(JAVA_LONG, SIZE, size);
    array.set(JAVA_LONG, SELECTED, -1);
    array.set(JAVA_BOOLEAN, SORTED, false);
  }

  MemorySegment array() {
    return array;
  }

  /** Whether a grammar lets a token follow. */
  boolean allows(SamplerFunctions samplers, MemorySegment grammar, int token) {
    single.set(JAVA_INT, 0, token);
    single.set(JAVA_FLOAT, LOGIT, 1);
    reset(singleArray, single, 1);
    samplers.apply(grammar, singleArray);
    return single.get(JAVA_FLOAT, LOGIT) > Float.NEGATIVE_INFINITY;
  }

  /** Whether any token is still possible. */
  boolean anyLeft() {
    for (int i = 0; i < size(); i++) {
      if (logit(i) > Float.NEGATIVE_INFINITY) {
        return true;
      }
    }
    return false;
  }

  /** The token that a sampler selected. */
  int selected() {
    return token((int) array.get(JAVA_LONG, SELECTED));
  }

  /** The token at an index of what the samplers left. */
  int token(int index) {
    return current().get(JAVA_INT, index * STRIDE);
  }

  /** The softmax of what the samplers left, in its order. */
  double[] probabilities() {
    double max = Double.NEGATIVE_INFINITY;
    for (int i = 0; i < size(); i++) {
      max = Math.max(max, logit(i));
    }
    double[] probabilities = new double[size()];
    double sum = 0;
    for (int i = 0; i < probabilities.length; i++) {
      probabilities[i] = Math.exp(logit(i) - max);
      sum += probabilities[i];
    }
    for (int i = 0; i < probabilities.length; i++) {
      probabilities[i] /= sum;
    }
    return probabilities;
  }

  private int size() {
    return (int) array.get(JAVA_LONG, SIZE);
  }

  private float logit(int index) {
    return current().get(JAVA_FLOAT, index * STRIDE + LOGIT);
  }

  /** Samplers may point the array at memory of their own. */
  private MemorySegment current() {
    return array.get(ADDRESS, 0).reinterpret(vocabularySize * STRIDE);
  }
}
