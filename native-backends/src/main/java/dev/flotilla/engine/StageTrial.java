package dev.flotilla.engine;

import dev.flotilla.engine.metering.ChainFigures;
import dev.flotilla.engine.metering.StageFigures;
import dev.flotilla.engine.metering.StageWork;
import java.util.Arrays;
import java.util.List;

/**
 * Has a stage compute a little for nobody, to learn how long its layers take: some rows of a prompt
 * at once, twice, and some steps of generation after them. The weights need not mean anything.
 */
public final class StageTrial {
  /** Enough for the arithmetic to outweigh the reading of the weights. */
  public static final int PROMPT_ROWS = 64;

  private static final int LEAST_STEPS = 3;
  private static final int MOST_STEPS = 64;

  /** Positions that a trial takes of the stage's first slot. */
  public static final int CONTEXT_TOKENS = 2 * PROMPT_ROWS + MOST_STEPS + 1;

  /** A slow machine is known after fewer steps, and one prompt. */
  private static final long ENOUGH_NANOS = 1_000_000_000;

  private static final double NANOS = 1e9;

  private final Stage stage;
  private final int width;
  private final Batch batch = new Batch(PROMPT_ROWS);
  private int position;

  private StageTrial(Stage stage) {
    this.stage = stage;
    this.width = stage.facts().embeddingWidth();
  }

  /**
   * What the stage did, as its recent work. Blocks.
   *
   * @param stage with an empty first slot of at least {@link #CONTEXT_TOKENS} positions, which it
   *     has no more afterwards
   */
  public static ChainFigures of(Stage stage) {
    StageTrial trial = new StageTrial(stage);
    // The first step reads the weights from disk.
    trial.run(1);
    StageWork prompt = new StageWork(1, PROMPT_ROWS, trial.promptNanos() / NANOS, 0, 0);
    StageWork step = new StageWork(1, 1, trial.stepNanos() / NANOS, 0, 0);
    StageFigures figures =
        new StageFigures(
            stage.facts().layers(), StageWork.NONE, StageWork.NONE, prompt, step, 0, 0);
    return new ChainFigures(List.of(figures), 0, 0, 0, 0, 0);
  }

  /** The lesser of two, as what disturbs the one may not disturb the other. */
  private long promptNanos() {
    long first = run(PROMPT_ROWS);
    return first < ENOUGH_NANOS ? Math.min(first, run(PROMPT_ROWS)) : first;
  }

  /**
   * The lower quartile: what else the machine does, and the process' own start, only make steps
   * slower, and pass.
   */
  private long stepNanos() {
    long[] nanos = new long[MOST_STEPS];
    long beganNanos = System.nanoTime();
    int steps = 0;
    while (steps < LEAST_STEPS
        || (steps < MOST_STEPS && System.nanoTime() - beganNanos < ENOUGH_NANOS)) {
      nanos[steps++] = run(1);
    }
    Arrays.sort(nanos, 0, steps);
    return nanos[steps / 4];
  }

  /** Computes so many rows more; returns how long that took. */
  private long run(int rows) {
    batch.clear();
    for (int row = 0; row < rows; row++) {
      batch.add(0, position++, 0, rows == 1);
    }
    float[] hidden = batch.hidden(width);
    for (int i = 0; i < rows * width; i++) {
      hidden[i] = (float) Math.sin(i);
    }
    long beganNanos = System.nanoTime();
    stage.run(batch);
    return System.nanoTime() - beganNanos;
  }
}
