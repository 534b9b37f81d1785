package dev.flotilla.engine.simulated;

/**
 * How long a simulated step takes: as on real hardware, the weights are read once per step, and
 * each row costs arithmetic of its own.
 *
 * @param nanosPerStep for reading the weights
 * @param nanosPerPromptRow for a row of a prompt
 * @param nanosPerOutputRow for a row that a token is chosen from
 */
public record SimulatedSpeed(long nanosPerStep, long nanosPerPromptRow, long nanosPerOutputRow) {

  /** No time at all: what remains is the cost of everything around the engine. */
  public static final SimulatedSpeed INSTANT = new SimulatedSpeed(0, 0, 0);

  public SimulatedSpeed {
    if (nanosPerStep < 0 || nanosPerPromptRow < 0 || nanosPerOutputRow < 0) {
      throw new IllegalArgumentException("times must not be negative");
    }
  }

  /** The time of a step. */
  public long stepNanos(int promptRows, int outputRows) {
    return nanosPerStep + promptRows * nanosPerPromptRow + outputRows * nanosPerOutputRow;
  }
}
