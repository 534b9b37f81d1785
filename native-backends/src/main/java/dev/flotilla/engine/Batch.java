package dev.flotilla.engine;

import java.util.Arrays;

/**
 * The rows of one step: tokens of one or more slots, each at its position. Between the stages of a
 * model a row also has a hidden state, which each stage but the last overwrites with its own
 * output. Reused from step to step; grows to its capacity and no further. Confined to one thread.
 */
public final class Batch {
  /** The choice of a row that no logits are wanted for. */
  public static final int NO_OUTPUT = -1;

  /** Instead of a token that was chosen before: the row's logits are to choose one. */
  public static final int OPEN_CHOICE = -1;

  /** The most {@link #drafted} rows of a batch; the last stage has room for their logits. */
  public static final int MOST_DRAFTS = 15;

  private final int[] tokens;
  private final int[] positions;
  private final int[] slots;
  private final int[] choices;
  private final int[] replays;
  private float[] hidden = {};
  private int size;
  private boolean exact;

  /** An empty batch for at most {@code capacity} rows. */
  public Batch(int capacity) {
    tokens = new int[capacity];
    positions = new int[capacity];
    slots = new int[capacity];
    choices = new int[capacity];
    replays = new int[capacity];
  }

  /**
   * Adds a row.
   *
   * @param output whether logits are wanted for it
   * @return the row's index
   * @throws IndexOutOfBoundsException if the batch is full
   */
  public int add(int token, int position, int slot, boolean output) {
    return add(token, position, slot, output ? position + 1 : NO_OUTPUT, OPEN_CHOICE);
  }

  /**
   * Adds a row.
   *
   * @param choice the index, in the session's sequence, of the token that follows the row; {@link
   *     #NO_OUTPUT} if none is to be chosen
   * @param replay the token that was chosen there before, {@link #OPEN_CHOICE} if none was
   * @return the row's index
   * @throws IndexOutOfBoundsException if the batch is full
   */
  public int add(int token, int position, int slot, int choice, int replay) {
    tokens[size] = token;
    positions[size] = position;
    slots[size] = slot;
    choices[size] = choice;
    replays[size] = replay;
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

  /** A batch with the same rows, without their hidden states, and no room for more. */
  public Batch copy() {
    Batch copy = new Batch(size);
    for (int row = 0; row < size; row++) {
      copy.add(tokens[row], positions[row], slots[row], choices[row], replays[row]);
    }
    return copy;
  }

  /** Forgets all rows. */
  public void clear() {
    size = 0;
    exact = false;
  }

  /** Marks the rows as such that must give the same, to the last bit, if computed once more. */
  void requireExact() {
    exact = true;
  }

  /** Whether the rows must give the same, to the last bit, if computed once more. */
  public boolean exact() {
    return exact;
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

  /**
   * Whether a row's token is a guess: an output row that follows another one of its slot. It counts
   * only if that token is chosen from the row before.
   */
  public boolean drafted(int row) {
    return row > 0 && output(row) && output(row - 1) && slots[row] == slots[row - 1];
  }

  /** Whether logits are wanted for every row: it is a step of generation. */
  public boolean generates() {
    for (int row = 0; row < size; row++) {
      if (!output(row)) {
        return false;
      }
    }
    return true;
  }

  /** Whether logits are wanted for a row. */
  public boolean output(int row) {
    return choices[row] != NO_OUTPUT;
  }

  /** The index of the token that follows a row, or {@link #NO_OUTPUT}. */
  public int choice(int row) {
    return choices[row];
  }

  /** The token that was chosen before to follow a row, or {@link #OPEN_CHOICE}. */
  public int replay(int row) {
    return replays[row];
  }

  @Override
  public String toString() {
    return "Batch[tokens=" + Arrays.toString(Arrays.copyOf(tokens, size)) + "]";
  }
}
