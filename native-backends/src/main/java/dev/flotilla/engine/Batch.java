package dev.flotilla.engine;

import java.util.Arrays;

/**
 * The rows of one step: tokens of one or more slots, each at its position. Between the stages of a
 * model a row also has a hidden state, which each stage but the last overwrites with its own
 * output. Reused from step to step; grows to its capacity and no further. Confined to one thread.
 */
public final class Batch {
  private final int[] tokens;
  private final int[] positions;
  private final int[] slots;
  private final boolean[] outputs;
  private float[] hidden = {};
  private int size;

  /** An empty batch for at most {@code capacity} rows. */
  public Batch(int capacity) {
    tokens = new int[capacity];
    positions = new int[capacity];
    slots = new int[capacity];
    outputs = new boolean[capacity];
  }

  /**
   * Adds a row.
   *
   * @param output whether logits are wanted for it
   * @return the row's index
   * @throws IndexOutOfBoundsException if the batch is full
   */
  public int add(int token, int position, int slot, boolean output) {
    tokens[size] = token;
    positions[size] = position;
    slots[size] = slot;
    outputs[size] = output;
    return size++;
  }

  /**
   * The hidden states of the rows, one after another: what a stage after the first reads, and a
   * stage before the last writes. Shared.
   *
   * @param width floats of a row
   * @return an array of at least {@code size() * width} floats; what it held is kept
   */
  public float[] hidden(int width) {
    int needed = Math.multiplyExact(size, width);
    if (hidden.length < needed) {
      int most = Math.multiplyExact(tokens.length, width);
      hidden = Arrays.copyOf(hidden, (int) Math.min(most, Math.max(needed, 2L * hidden.length)));
    }
    return hidden;
  }

  /** Forgets all rows. */
  public void clear() {
    size = 0;
  }

  /** Rows added. */
  public int size() {
    return size;
  }

  /** Rows that still fit. */
  public int room() {
    return tokens.length - size;
  }

  /** The token id of a row. */
  public int token(int row) {
    return tokens[row];
  }

  /** The position of a row in its slot. */
  public int position(int row) {
    return positions[row];
  }

  /** The slot of a row. */
  public int slot(int row) {
    return slots[row];
  }

  /** Whether logits are wanted for a row. */
  public boolean output(int row) {
    return outputs[row];
  }

  @Override
  public String toString() {
    return "Batch[tokens=" + Arrays.toString(Arrays.copyOf(tokens, size)) + "]";
  }
}
