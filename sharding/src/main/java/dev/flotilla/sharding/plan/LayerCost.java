package dev.flotilla.sharding.plan;

/**
 * How long one layer of a model takes on a node, as measured there.
 *
 * @param activeBytes weights of the layer that were read for one token
 * @param prefillSecondsPerToken time for one more token of a batch
 * @param decodeSeconds time for a batch of one token
 */
public record LayerCost(long activeBytes, double prefillSecondsPerToken, double decodeSeconds) {

  public LayerCost {
    if (activeBytes <= 0 || !isTime(prefillSecondsPerToken) || !isTime(decodeSeconds)) {
      throw new IllegalArgumentException(
          "no cost of a layer: %d bytes, %s s, %s s"
              .formatted(activeBytes, prefillSecondsPerToken, decodeSeconds));
    }
  }

  /** What a layer of another size would take: both phases go with the bytes. */
  LayerCost scaledTo(long bytes) {
    double factor = (double) bytes / activeBytes;
    return new LayerCost(bytes, prefillSecondsPerToken * factor, decodeSeconds * factor);
  }

  private static boolean isTime(double seconds) {
    return seconds > 0 && Double.isFinite(seconds);
  }
}
