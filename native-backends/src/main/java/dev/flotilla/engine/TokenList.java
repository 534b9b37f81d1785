package dev.flotilla.engine;

import java.util.Arrays;

/** A growing list of token ids, without boxes. Confined to one thread. */
final class TokenList {
  private int[] ids;
  private int size;

  TokenList(int... initial) {
    ids = initial.clone();
    size = initial.length;
  }

  int size() {
    return size;
  }

  int get(int index) {
    return ids[index];
  }

  void add(int id) {
    if (size == ids.length) {
      ids = Arrays.copyOf(ids, Math.max(64, size + (size >> 1)));
    }
    ids[size++] = id;
  }

  int[] toArray() {
    return Arrays.copyOf(ids, size);
  }

  void truncate(int length) {
    size = Math.min(size, length);
  }

  /** Removes the ids at {@code [from, to)}. */
  void remove(int from, int to) {
    System.arraycopy(ids, to, ids, from, size - to);
    size -= to - from;
  }

  /** How many ids at the start are the same as those of {@code other}. */
  int commonPrefix(int[] other) {
    int mismatch = Arrays.mismatch(ids, 0, size, other, 0, other.length);
    return mismatch < 0 ? size : mismatch;
  }
}
