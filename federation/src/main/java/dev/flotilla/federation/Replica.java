package dev.flotilla.federation;

/**
 * A replica as a gateway sees it at one moment.
 *
 * @param announcement what it said last
 * @param heardNanos when that was heard, on the gateway's clock
 * @param roundTripSeconds the measured round trip to its node, 0 for the gateway's own
 * @param unannounced the gateway's own sessions on it that the announcement can't know of; may be
 *     negative where sessions ended since
 */
public record Replica(
    ReplicaAnnouncement announcement, long heardNanos, double roundTripSeconds, Load unannounced) {

  /** The node it runs on. */
  public String nodeId() {
    return announcement.nodeId();
  }

  /** Seconds since it was heard of. */
  double ageSeconds(long nowNanos) {
    return Math.max(0, nowNanos - heardNanos) / 1e9;
  }

  /** Whether a session would get a slot at once, as far as the gateway knows. */
  boolean hasFreeSlot() {
    return load().sessions() < announcement.slots();
  }

  /** All the work that the gateway knows of. */
  Load load() {
    return new Load(
            (double) announcement.running() + announcement.queued(),
            announcement.pendingPromptTokens(),
            announcement.pendingOutputTokens())
        .plus(unannounced);
  }
}
