package dev.flotilla.engine.llama;

import dev.flotilla.engine.Batch;
import java.util.ArrayList;
import java.util.List;

/**
 * The passes in which llama.cpp computes a batch, and the order of the rows in each, which need not
 * be that of the batch. Follows {@code llama_batch_allocr::split_equal}: a pass takes equally many
 * rows of each of some sequences, whose numbers must be consecutive.
 */
final class Passes {
  private final Batch batch;
  private final int maxRows;
  private final boolean[] used;

  private Passes(Batch batch, int maxRows) {
    this.batch = batch;
    this.maxRows = maxRows;
    this.used = new boolean[batch.size()];
  }

  /**
   * The rows of each pass.
   *
   * @param batch with the rows of a slot one after another, and slots in rising order
   * @param maxRows rows computed at once
   */
  static List<int[]> of(Batch batch, int maxRows) {
    Passes passes = new Passes(batch, maxRows);
    List<int[]> all = new ArrayList<>();
    for (int left = batch.size(); left > 0; left -= all.getLast().length) {
      all.add(passes.next());
    }
    return all;
  }

  private int[] next() {
    List<Integer> starts = starts();
    int each = starts.stream().mapToInt(this::unusedFrom).min().orElse(0);
    each = Math.min(each, Math.max(1, maxRows / starts.size()));
    int[] rows = new int[each * starts.size()];
    int filled = 0;
    for (int start : starts) {
      for (int row = start; row < start + each; row++) {
        used[row] = true;
        rows[filled++] = row;
      }
    }
    return rows;
  }

  /** The first unused row of each sequence that takes part. */
  private List<Integer> starts() {
    List<Integer> starts = new ArrayList<>();
    for (int row = 0; row < used.length && starts.size() < maxRows; row++) {
      if (!used[row] && (starts.isEmpty() || batch.slot(row) == batch.slot(starts.getLast()) + 1)) {
        starts.add(row);
      }
    }
    return starts;
  }

  private int unusedFrom(int start) {
    int row = start;
    while (row < used.length && batch.slot(row) == batch.slot(start)) {
      row++;
    }
    return row - start;
  }
}
