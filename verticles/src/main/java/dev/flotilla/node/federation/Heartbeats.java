package dev.flotilla.node.federation;

import dev.flotilla.federation.PrefixDigest;
import dev.flotilla.federation.ReplicaAnnouncement;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.random.RandomGenerator;

/**
 * Which announcements are due: about every second, with jitter so that nodes do not speak in
 * chorus, and at once when a replica's state changes. What its cache holds is left out of most,
 * unless that has changed. Pure but for what it remembers; confined to one thread.
 */
final class Heartbeats {
  /** About how often a replica is announced. */
  static final long INTERVAL_MILLIS = 1_000;

  private static final double JITTER = 0.2;

  /** Every so many announcements tell everything, for gateways that missed one. */
  private static final int WHOLE_EVERY = 5;

  private final RandomGenerator random;
  private final Map<String, Sent> sent = new HashMap<>();

  private record Sent(
      ReplicaAnnouncement.State state, Optional<PrefixDigest> prefixes, int count, long dueNanos) {}

  Heartbeats(RandomGenerator random) {
    this.random = random;
  }

  /** Whether a replica in some state is to be announced now. */
  boolean due(String modelId, ReplicaAnnouncement.State state, long nowNanos) {
    Sent last = sent.get(modelId);
    return last == null || last.state() != state || nowNanos - last.dueNanos() >= 0;
  }

  /** What to send of an announcement that is sent now. */
  ReplicaAnnouncement send(ReplicaAnnouncement announcement, boolean whole, long nowNanos) {
    Sent last = sent.get(announcement.modelId());
    int count = last == null ? 0 : last.count();
    boolean known =
        !whole
            && last != null
            && count % WHOLE_EVERY != 0
            && last.prefixes().equals(announcement.prefixes());
    double jitter = 1 + JITTER * (2 * random.nextDouble() - 1);
    long due = nowNanos + Math.round(INTERVAL_MILLIS * 1e6 * jitter);
    sent.put(
        announcement.modelId(),
        new Sent(announcement.state(), announcement.prefixes(), count + 1, due));
    return known ? announcement.with(Optional.empty()) : announcement;
  }
}
