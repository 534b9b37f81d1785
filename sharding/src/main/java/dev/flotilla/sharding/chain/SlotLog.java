package dev.flotilla.sharding.chain;

import dev.flotilla.engine.Batch;
import dev.flotilla.engine.SlotOpening;
import dev.flotilla.engine.StageChain.RowChoice;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a slot holds in every stage, as far as the last stage has confirmed it, and how it came to
 * that: enough to restore a stage that has lost it.
 */
final class SlotLog {
  private final IntSequence tokens = new IntSequence();
  private final IntSequence chosen = new IntSequence();

  /** Rows of each batch, for sessions whose shapes must be the same once more. */
  private final IntSequence shapes = new IntSequence();

  private @Nullable SlotOpening opening;

  /** Positions it holds. */
  int length() {
    return tokens.size();
  }

  /** The session that has it, with all tokens that were chosen for it; null if none has. */
  @Nullable SlotOpening session() {
    return opening == null ? null : opening.replaying(concat(opening.replayed(), chosen.toArray()));
  }

  private static int[] concat(int[] first, int[] second) {
    int[] all = Arrays.copyOf(first, first.length + second.length);
    System.arraycopy(second, 0, all, first.length, second.length);
    return all;
  }

  void opened(SlotOpening session, int kept) {
    opening = session;
    tokens.truncate(kept);
    chosen.truncate(0);
    shapes.truncate(0);
    if (kept > 0) {
      shapes.add(kept);
    }
  }

  void closed() {
    opening = null;
  }

  void emptied() {
    opening = null;
    tokens.truncate(0);
  }

  void shifted(int from, int to) {
    tokens.remove(from, to);
    shapes.truncate(0);
    shapes.add(tokens.size());
  }

  /** Takes note of the rows of a slot in a batch, of which it has at least one. */
  void computed(Batch batch, int firstRow, int rows) {
    for (int row = firstRow; row < firstRow + rows; row++) {
      tokens.add(batch.token(row));
    }
    if (opening != null && opening.exact()) {
      shapes.add(rows);
    }
  }

  /** Takes note of what followed a row. */
  void chose(int replay, RowChoice choice) {
    if (replay != Batch.OPEN_CHOICE) {
      chosen.add(replay);
    } else if (choice.failure().isEmpty() && choice.choice().token() >= 0) {
      chosen.add(choice.choice().token());
    }
  }

  /**
   * Batches that bring an empty slot to where it is.
   *
   * @param maxRows rows of a batch, where the shapes are free
   */
  List<Batch> replay(int slot, int maxRows) {
    List<Batch> batches = new ArrayList<>();
    boolean exact = opening != null && opening.exact();
    int position = 0;
    for (int step = 0; position < tokens.size(); step++) {
      int rows = exact && step < shapes.size() ? shapes.get(step) : maxRows;
      Batch batch = new Batch(Math.min(rows, tokens.size() - position));
      while (batch.room() > 0) {
        batch.add(tokens.get(position), position++, slot, Batch.NO_OUTPUT, Batch.OPEN_CHOICE);
      }
      batches.add(batch);
    }
    return batches;
  }

  /** A growing list of numbers, without boxes. */
  private static final class IntSequence {
    private int[] values = new int[64];
    private int size;

    int size() {
      return size;
    }

    int get(int index) {
      return values[index];
    }

    void add(int value) {
      if (size == values.length) {
        values = Arrays.copyOf(values, 2 * size);
      }
      values[size++] = value;
    }

    void truncate(int length) {
      size = Math.min(size, length);
    }

    void remove(int from, int to) {
      System.arraycopy(values, to, values, from, size - to);
      size -= to - from;
    }

    int[] toArray() {
      return Arrays.copyOf(values, size);
    }
  }
}
