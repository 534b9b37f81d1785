package dev.flotilla.sharding.plan;

/**
 * How messages travel from one node to another, as measured.
 *
 * @param from the sender
 * @param to the receiver
 * @param rttSeconds there and back, for a small message
 * @param bytesPerSecond in this direction
 * @param loss share of packets that are lost, from 0 and below 1
 * @param ageSeconds since it was measured last
 * @param confidence from 0, a guess, to 1, measured often and lately
 */
public record Link(
    String from,
    String to,
    double rttSeconds,
    double bytesPerSecond,
    double loss,
    double ageSeconds,
    double confidence) {

  /** Tail loss is probed for after two round trips (RFC 8985), and no sooner than this. */
  private static final double MIN_PROBE_SECONDS = 0.010;

  public Link {
    boolean valid =
        rttSeconds >= 0
            && Double.isFinite(rttSeconds)
            && bytesPerSecond > 0
            && loss >= 0
            && loss < 1
            && ageSeconds >= 0
            && confidence >= 0
            && confidence <= 1;
    if (!valid || from.equals(to)) {
      throw new IllegalArgumentException(
          "link from %s to %s: rtt %s s, %s B/s, loss %s, age %s s, confidence %s"
              .formatted(from, to, rttSeconds, bytesPerSecond, loss, ageSeconds, confidence));
    }
  }

  /** Expected time until a small message has arrived. What is little known is held for slower. */
  public double latencySeconds() {
    double repair = loss / (1 - loss) * Math.max(2 * rttSeconds, MIN_PROBE_SECONDS);
    return (rttSeconds / 2 + repair) * doubt();
  }

  /** Time that each byte adds. */
  public double secondsPerByte() {
    return doubt() / bytesPerSecond;
  }

  private double doubt() {
    return 2 - confidence;
  }
}
