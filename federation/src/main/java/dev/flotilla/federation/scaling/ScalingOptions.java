package dev.flotilla.federation.scaling;

/**
 * When the number of pipelines changes.
 *
 * @param queuedMillis how long requests must have waited in line before a pipeline is added
 * @param idleMillis how long a pipeline too many must have been idle before it is removed
 * @param settleMillis after a change, how long a model is left alone
 * @param spareShare of the slots of the remaining pipelines that may be taken when one is removed
 */
public record ScalingOptions(
    long queuedMillis, long idleMillis, long settleMillis, double spareShare) {

  public static final ScalingOptions DEFAULT = new ScalingOptions(10_000, 300_000, 60_000, 0.5);

  public ScalingOptions {
    if (queuedMillis < 1
        || idleMillis < 1
        || settleMillis < 1
        || !(spareShare > 0 && spareShare < 1)) {
      throw new IllegalArgumentException(
          "queued %d ms, idle %d ms, settle %d ms, spare %s"
              .formatted(queuedMillis, idleMillis, settleMillis, spareShare));
    }
  }
}
