package dev.flotilla.federation.state;

/**
 * How many pipelines of a model there are to be.
 *
 * @param min kept even if nobody asks for it
 * @param max reached under load
 */
public record ReplicaCount(int min, int max) {
  public ReplicaCount {
    if (min < 0 || max < min || max > Limits.PLACEMENTS) {
      throw new IllegalArgumentException("from %d to %d replicas".formatted(min, max));
    }
  }
}
