package dev.flotilla.federation;

/**
 * How a gateway treats the sessions of one model.
 *
 * @param policy who gets a request
 * @param probes how many of the best replicas are asked for their load before a decision, where
 *     other gateways route too; 1 asks none
 * @param probeMillis how long their answers are waited for
 * @param attempts replicas that may fail a session in a row without a token in between: a request
 *     that crashes engines must not crash them all
 * @param totalAttempts replicas that may fail one session altogether
 * @param patienceMillis how long a session that lost its replica waits for another to appear
 * @param stallMillis how long a session that was admitted, and whose reader waits, may give no
 *     event before its replica counts as lost; before its first, 200 ms more for each token that is
 *     to be read
 * @param stickiness which sessions go to one replica
 * @param journalTokens tokens of an answer up to which it can be resumed
 */
public record FederationOptions(
    RoutingPolicy policy,
    int probes,
    long probeMillis,
    int attempts,
    int totalAttempts,
    long patienceMillis,
    long stallMillis,
    Stickiness stickiness,
    int journalTokens) {

  /** Predicted routing, and limits that suit models from small to large. */
  public static final FederationOptions STANDARD =
      new FederationOptions(
          new PredictedRouting(),
          PredictedRouting.PROBES,
          20,
          3,
          16,
          10_000,
          20_000,
          Stickiness.OFF,
          1 << 17);

  public FederationOptions {
    requirePositive("probes", probes);
    requirePositive("probeMillis", probeMillis);
    requirePositive("attempts", attempts);
    requirePositive("totalAttempts", totalAttempts);
    requirePositive("patienceMillis", patienceMillis);
    requirePositive("stallMillis", stallMillis);
    requirePositive("journalTokens", journalTokens);
  }

  /** The same with another policy. */
  public FederationOptions with(RoutingPolicy other) {
    return with(other, stickiness);
  }

  /** The same with another policy, and other sessions that go together. */
  public FederationOptions with(RoutingPolicy other, Stickiness together) {
    return new FederationOptions(
        other,
        probes,
        probeMillis,
        attempts,
        totalAttempts,
        patienceMillis,
        stallMillis,
        together,
        journalTokens);
  }

  private static void requirePositive(String name, long value) {
    if (value < 1) {
      throw new IllegalArgumentException(name + " must be at least 1, not " + value);
    }
  }
}
