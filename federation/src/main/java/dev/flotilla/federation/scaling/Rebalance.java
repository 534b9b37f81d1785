package dev.flotilla.federation.scaling;

/**
 * Whether a pipeline should be moved to a better plan.
 *
 * @param currentTokenSeconds between tokens, as it is
 * @param plannedTokenSeconds as predicted for the better plan
 * @param moveSeconds until the new pipeline serves: copying, loading, warming up
 * @param busyShare of the time in which the pipeline generates
 * @param measured whether both figures rest on measurements
 * @param sinceChangeMillis since the model's pipelines changed last
 */
public record Rebalance(
    double currentTokenSeconds,
    double plannedTokenSeconds,
    double moveSeconds,
    double busyShare,
    boolean measured,
    long sinceChangeMillis) {

  public Rebalance {
    if (!(currentTokenSeconds > 0)
        || !(plannedTokenSeconds > 0)
        || !(moveSeconds >= 0)
        || !(busyShare >= 0 && busyShare <= 1)) {
      throw new IllegalArgumentException(
          "from %s s to %s s a token in %s s, busy %s"
              .formatted(currentTokenSeconds, plannedTokenSeconds, moveSeconds, busyShare));
    }
  }

  /**
   * Whether it is worth it: clearly faster, and the generating time that it saves within the
   * pay-back time is more than what the move takes. Guesses move nothing, and two moves are a
   * pay-back time apart, so that plans that swap places can't make a pipeline wander.
   */
  public boolean isWorthwhile(ScalingOptions options) {
    double saved = 1 - plannedTokenSeconds / currentTokenSeconds;
    double gain = currentTokenSeconds / plannedTokenSeconds - 1;
    return measured
        && sinceChangeMillis >= options.payBackMillis()
        && gain >= options.minGain()
        && saved * busyShare * options.payBackMillis() / 1000 > moveSeconds;
  }
}
