package dev.flotilla.engine.metering;

/**
 * Batches of one kind that a stage has computed, and what that took. Sums; those of late are
 * fractions, as older batches count less.
 *
 * @param batches how many
 * @param rows of all of them
 * @param computeSeconds while they were computed
 * @param waitSeconds while they waited for the stage
 * @param networkSeconds on their way to the next stage, or from the last one to the first
 */
public record StageWork(
    double batches, double rows, double computeSeconds, double waitSeconds, double networkSeconds) {

  /** No work yet. */
  public static final StageWork NONE = new StageWork(0, 0, 0, 0, 0);

  /** Both together. */
  public StageWork plus(StageWork other) {
    return new StageWork(
        batches + other.batches,
        rows + other.rows,
        computeSeconds + other.computeSeconds,
        waitSeconds + other.waitSeconds,
        networkSeconds + other.networkSeconds);
  }

  /** All sums multiplied. */
  public StageWork times(double factor) {
    return new StageWork(
        batches * factor,
        rows * factor,
        computeSeconds * factor,
        waitSeconds * factor,
        networkSeconds * factor);
  }

  /** The average batch; nothing if there was none. */
  public StageWork perBatch() {
    return batches == 0 ? NONE : times(1 / batches);
  }

  /** Rows in a second of computing; 0 if there was none. */
  public double rowsPerSecond() {
    return computeSeconds == 0 ? 0 : rows / computeSeconds;
  }
}
