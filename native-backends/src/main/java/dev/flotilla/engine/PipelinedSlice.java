package dev.flotilla.engine;

/**
 * How many rows of a prompt to compute at once where several stages do so one after the other.
 *
 * <p>The stages are all busy but for the time in which the first slice reaches the last stage, so
 * small slices waste less; but each slice costs something beside its rows, as the weights are read
 * for it. With {@code n} rows of a prompt, {@code s} stages and slices of {@code x} rows that cost
 * as much as {@code x + c} rows would, it all takes {@code (n + (s - 1) x) (1 + c / x)}, which is
 * least for {@code x² = c n / (s - 1)}. Pure.
 */
final class PipelinedSlice {
  /**
   * What a slice costs beside its rows, in rows: by 64, llama.cpp is a fifth slower than by 512.
   */
  private static final double OVERHEAD_ROWS = 15;

  /** Kernels take several rows at a time. */
  private static final int MULTIPLE = 16;

  private static final int LEAST = 32;

  private PipelinedSlice() {}

  /**
   * Rows of a slice.
   *
   * @param promptRows of the prompts that are read, from their beginning
   * @param stages at least two
   */
  static int rows(int promptRows, int stages) {
    double best = Math.sqrt(OVERHEAD_ROWS * promptRows / (stages - 1));
    return Math.max(LEAST, MULTIPLE * (int) Math.round(best / MULTIPLE));
  }
}
