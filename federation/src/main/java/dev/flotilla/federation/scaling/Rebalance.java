package dev.flotilla.federation.scaling;

/**
 * What building a pipeline anew by a better plan would bring, and cost.
 *
 * @param currentTokenSeconds between tokens, as it is
 * @param plannedTokenSeconds as predicted for the better plan
 * @param moveSeconds until the new pipeline serves: copying, loading
 */
public record Rebalance(
    double currentTokenSeconds, double plannedTokenSeconds, double moveSeconds) {
  /** An hour of generating must save as much time as the move takes. */
  static final double PAY_BACK_SECONDS = 3600;

  public Rebalance {
    if (!(currentTokenSeconds > 0) || !(plannedTokenSeconds > 0) || !(moveSeconds >= 0)) {
      throw new IllegalArgumentException(
          "from %s s to %s s a token in %s s"
              .formatted(currentTokenSeconds, plannedTokenSeconds, moveSeconds));
    }
  }

  /** How many times the rate of tokens would be what it is. */
  public double speedup() {
    return currentTokenSeconds / plannedTokenSeconds;
  }

  /** Whether it saves more than the move takes, before it has generated for all too long. */
  public boolean paysForItself() {
    double saved = 1 - plannedTokenSeconds / currentTokenSeconds;
    return saved * PAY_BACK_SECONDS > moveSeconds;
  }
}
