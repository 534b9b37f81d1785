package dev.flotilla.node.discovery.dht;

import java.time.InstantSource;

/** So many in every second. Thread-safe. */
final class RateLimit {
  private final int perSecond;
  private final InstantSource clock;
  private long second;
  private int taken;

  RateLimit(int perSecond, InstantSource clock) {
    this.perSecond = perSecond;
    this.clock = clock;
  }

  /** Whether there is room for one more in this second. */
  synchronized boolean tryTake() {
    long now = clock.millis() / 1_000;
    if (now != second) {
      second = now;
      taken = 0;
    }
    return taken++ < perSecond;
  }
}
