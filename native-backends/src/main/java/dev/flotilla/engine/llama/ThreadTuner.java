package dev.flotilla.engine.llama;

/**
 * Chooses with how many threads a step is computed, by how long such steps took.
 *
 * <p>ggml's threads wait for each other after every operation of a graph, hundreds of times a step,
 * and spin meanwhile. Where one of them is not run, because the cores are busy with something else
 * or a host lends them to another guest, all wait for it, and two threads may be ten times slower
 * than one. So a step that takes much longer than its like is tried with fewer threads; they come
 * back when more are faster again. Trials cost a few percent of the time at most, and next to
 * nothing on a machine that is left alone.
 *
 * <p>A pure function of what it was told; confined to one thread.
 */
final class ThreadTuner {
  /** Up to here each number of rows is a case of its own. */
  private static final int MOST_SINGLED_OUT = 16;

  private final int threads;
  private final int batchThreads;
  private final Case[] cases = new Case[MOST_SINGLED_OUT + 2 + Integer.SIZE];

  /**
   * A tuner that begins with all threads.
   *
   * @param threads the most for a step of one row
   * @param batchThreads the most for any other
   */
  ThreadTuner(int threads, int batchThreads) {
    this.threads = threads;
    this.batchThreads = batchThreads;
  }

  /** Threads to compute a step of so many rows with, followed by {@link #took}. */
  int threads(int rows) {
    return caseOf(rows).next();
  }

  /** Takes note of the time of the step that was asked about last. */
  void took(int rows, long nanos) {
    caseOf(rows).took((double) nanos / rows);
  }

  private Case caseOf(int rows) {
    int index =
        rows <= MOST_SINGLED_OUT
            ? rows
            : MOST_SINGLED_OUT + 1 + Integer.SIZE - Integer.numberOfLeadingZeros(rows);
    Case found = cases[index];
    if (found == null) {
      found = new Case(rows == 1 ? threads : batchThreads, rows <= MOST_SINGLED_OUT);
      cases[index] = found;
    }
    return found;
  }

  /** Steps of about the same number of rows. Times are nanoseconds per row. */
  private static final class Case {
    /** A step that takes so many times the least seen is one too many. */
    private static final double DISTURBED = 2;

    /** Fewer threads are chosen if they take no more than this part of the time. */
    private static final double WORTH_FEWER = 0.7;

    /** More are chosen even for little: that is how many the user wants to lend. */
    private static final double WORTH_MORE = 0.95;

    private static final int TRIAL_STEPS = 2;
    private static final int STEPS_BETWEEN_TRIALS = 4;

    /** Steps until more threads are tried again: twice as many after each time in vain. */
    private static final int SOONEST_UP = 8;

    private static final int LATEST_UP = 128;

    /** Steps before the first trial of fewer without an occasion: many short prompts are few. */
    private static final int STEPS_TO_DOWN = 32;

    /** The time between such trials, in times of the last one: twice as much after each in vain. */
    private static final double SOONEST_DOWN = 100;

    private static final double LATEST_DOWN = 1_600;

    /** By how much a step's least time is forgotten with each step: the context grows. */
    private static final double FORGETTING = 1.002;

    private final int most;
    private final boolean triesUnasked;
    private int current;
    private int trial;
    private int trialSteps;
    private double last = Double.NaN;
    private double recent = Double.NaN;
    private double least = Double.POSITIVE_INFINITY;
    private int steps;
    private int stepsToUp = SOONEST_UP;
    private double sinceDown;
    private double downCost;
    private double downInterval = SOONEST_DOWN;

    Case(int most, boolean triesUnasked) {
      this.most = most;
      this.triesUnasked = triesUnasked;
      this.current = most;
      this.trial = most;
    }

    int next() {
      if (trial == current && steps >= STEPS_BETWEEN_TRIALS) {
        if (current < most && steps >= stepsToUp) {
          begin(Math.min(most, 2 * current));
        } else if (current > 1 && triesFewer()) {
          begin(current / 2);
        }
      }
      return trial;
    }

    private boolean triesFewer() {
      double quiet = Math.max(STEPS_TO_DOWN * recent, downInterval * downCost);
      return recent > DISTURBED * least || (triesUnasked && sinceDown >= quiet);
    }

    private void begin(int threadCount) {
      trial = threadCount;
      trialSteps = 0;
      if (trial < current) {
        sinceDown = 0;
        downCost = 0;
      }
    }

    void took(double nanos) {
      if (trial == current) {
        steps++;
        sinceDown += nanos;
        recent = Double.isNaN(last) ? nanos : Math.min(last, nanos);
        last = nanos;
        least = Math.min(least * FORGETTING, nanos);
        return;
      }
      trialSteps++;
      if (trial < current) {
        downCost += nanos;
      }
      if (nanos <= (trial < current ? WORTH_FEWER : WORTH_MORE) * recent) {
        settle(trial, nanos);
      } else if (trial < current && trial > 1 && nanos * WORTH_FEWER < recent) {
        // No slower with half of the threads: what holds them up may hold up all but a few.
        trial /= 2;
        trialSteps = 0;
      } else if (trialSteps == TRIAL_STEPS || nanos > DISTURBED * recent) {
        settle(current, recent);
      }
    }

    /** Ends a trial; what a step takes now is what is expected of the next. */
    private void settle(int threadCount, double nanos) {
      if (threadCount != current) {
        stepsToUp = SOONEST_UP;
        downInterval = SOONEST_DOWN;
      } else if (trial > current) {
        stepsToUp = Math.min(LATEST_UP, 2 * stepsToUp);
      } else {
        downInterval = Math.min(LATEST_DOWN, 2 * downInterval);
      }
      current = threadCount;
      trial = threadCount;
      steps = 0;
      last = nanos;
      recent = nanos;
      least = nanos;
    }
  }
}
