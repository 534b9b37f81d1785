package dev.flotilla.federation;

import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What a replica's sessions have shown of its speed, without what is estimated from it: what a node
 * remembers when it starts again.
 *
 * @param prefillTokensPerSecond prompt tokens read per second, greater than 0
 * @param decodeTokensPerSecond tokens per second that one session generated, by how many did at a
 *     time: 1 to {@value ReplicaSpeed#MAX_BATCH}, at least one, each rate greater than 0
 */
public record LearntSpeed(
    double prefillTokensPerSecond, SortedMap<Integer, Double> decodeTokensPerSecond) {

  public LearntSpeed {
    decodeTokensPerSecond = Collections.unmodifiableSortedMap(new TreeMap<>(decodeTokensPerSecond));
    ReplicaSpeed.requireRate("prefill rate", prefillTokensPerSecond);
    if (decodeTokensPerSecond.isEmpty()
        || decodeTokensPerSecond.firstKey() < 1
        || decodeTokensPerSecond.lastKey() > ReplicaSpeed.MAX_BATCH) {
      throw new IllegalArgumentException("decode rates of " + decodeTokensPerSecond.keySet());
    }
    decodeTokensPerSecond.values().forEach(rate -> ReplicaSpeed.requireRate("decode rate", rate));
  }

  /**
   * Whether another says the same of the same batch sizes.
   *
   * @param factor rates that differ by less are the same, greater than 1
   */
  public boolean isLike(LearntSpeed other, double factor) {
    return decodeTokensPerSecond.size() == other.decodeTokensPerSecond.size()
        && isLike(prefillTokensPerSecond, other.prefillTokensPerSecond, factor)
        && decodeTokensPerSecond.entrySet().stream()
            .allMatch(each -> isLike(each.getValue(), other.rate(each.getKey()), factor));
  }

  private double rate(int sessions) {
    return decodeTokensPerSecond.getOrDefault(sessions, 0.0);
  }

  private static boolean isLike(double one, double other, double factor) {
    return one < factor * other && other < factor * one;
  }
}
