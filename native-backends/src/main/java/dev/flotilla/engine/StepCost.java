package dev.flotilla.engine;

/**
 * What a step of generation takes, and what each drafted row adds to it, as measured of late. Pure.
 *
 * @param plainNanos a step without drafts, on average; 0 if there was none yet
 * @param rowNanos what a drafted row adds, on average; below 0 if chance has it so
 * @param drafted steps with drafts since the last one without
 * @param measured whether there was a step with drafts yet
 */
record StepCost(double plainNanos, double rowNanos, int drafted, boolean measured) {
  /** Before any step. */
  static final StepCost UNKNOWN = new StepCost(0, 0, 0, false);

  /** How much a new step counts in an average. */
  private static final double WEIGHT = 1.0 / 8;

  /** What a row is taken to add before that was measured, in steps. */
  private static final double FIRST_GUESS = 0.25;

  /** What a row adds at least, in steps: guesses that are not believed in are not worth it. */
  private static final double LEAST = 1.0 / 64;

  /** Steps with drafts after which one without is due: what they are measured by must be fresh. */
  private static final int REFRESH = 48;

  /**
   * Takes note of a step.
   *
   * @param drafts drafted rows in it
   * @param nanos from when it was sent until it came back
   */
  StepCost took(int drafts, long nanos) {
    if (drafts == 0) {
      double plain = plainNanos == 0 ? nanos : average(plainNanos, (double) nanos);
      return new StepCost(plain, rowNanos, 0, measured);
    }
    double row = (nanos - plainNanos) / drafts;
    return new StepCost(plainNanos, measured ? average(rowNanos, row) : row, drafted + 1, true);
  }

  private static double average(double before, double now) {
    return before + (now - before) * WEIGHT;
  }

  /** Whether the next step should have no drafts, to be measured. */
  boolean plainIsDue() {
    return plainNanos == 0 || drafted >= REFRESH;
  }

  /** What a step takes that has so many drafted rows. */
  double nanos(int drafts) {
    double row = measured ? rowNanos : plainNanos * FIRST_GUESS;
    return plainNanos + drafts * Math.max(row, plainNanos * LEAST);
  }
}
