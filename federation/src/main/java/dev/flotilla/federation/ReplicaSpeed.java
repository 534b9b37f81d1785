package dev.flotilla.federation;

import java.util.List;

/**
 * How fast a replica was measured to be.
 *
 * @param prefillTokensPerSecond prompt tokens read per second, greater than 0
 * @param decodeTokensPerSecond tokens per second that one session generates; the entry at index
 *     {@code i} holds while {@code i + 1} sessions generate. At least one, at most {@value
 *     #MAX_BATCH}, each greater than 0
 */
public record ReplicaSpeed(double prefillTokensPerSecond, List<Double> decodeTokensPerSecond) {

  /** The largest batch that is told apart. */
  public static final int MAX_BATCH = 64;

  private static final double MAX_RATE = 1e9;

  public ReplicaSpeed {
    decodeTokensPerSecond = List.copyOf(decodeTokensPerSecond);
    requireRate("prefill rate", prefillTokensPerSecond);
    if (decodeTokensPerSecond.isEmpty() || decodeTokensPerSecond.size() > MAX_BATCH) {
      throw new IllegalArgumentException(decodeTokensPerSecond.size() + " decode rates");
    }
    decodeTokensPerSecond.forEach(rate -> requireRate("decode rate", rate));
  }

  static void requireRate(String name, double rate) {
    if (!(rate > 0 && rate <= MAX_RATE)) {
      throw new IllegalArgumentException(name + " " + rate);
    }
  }

  /**
   * The rate of one session among {@code batch} that generate, interpolated; beyond the largest
   * batch measured the sessions share what that one gave.
   */
  public double decodeRate(double batch) {
    int largest = decodeTokensPerSecond.size();
    if (batch >= largest) {
      return decodeTokensPerSecond.getLast() * largest / batch;
    }
    if (batch <= 1) {
      return decodeTokensPerSecond.getFirst();
    }
    int below = (int) batch;
    double fraction = batch - below;
    return decodeTokensPerSecond.get(below - 1) * (1 - fraction)
        + decodeTokensPerSecond.get(below) * fraction;
  }
}
