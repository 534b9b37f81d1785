package dev.flotilla.sharding.link;

import dev.flotilla.sharding.link.LinkFrame.Heartbeat;

/**
 * How long a link takes there and back, from signs of life that give each other back. The least of
 * the last few counts: longer ones say more of busy machines and full buffers. Not safe for
 * threads.
 */
final class RoundTrip {
  private static final int KEPT = 16;

  /** A link that takes longer is lost. */
  private static final long MOST_NANOS = 60_000_000_000L;

  private final long[] nanos = new long[KEPT];
  private int count;
  private long theirsNanos;
  private long heardNanos;

  /** The sign of life to send now. */
  Heartbeat beat(long nowNanos) {
    return new Heartbeat(nowNanos, theirsNanos, theirsNanos == 0 ? 0 : nowNanos - heardNanos);
  }

  /** Takes note of a sign of life from the other end, which may say anything. */
  void heard(Heartbeat beat, long nowNanos) {
    theirsNanos = beat.sentNanos();
    heardNanos = nowNanos;
    long sinceNanos = nowNanos - beat.echoNanos();
    boolean sane = sinceNanos > 0 && beat.heldNanos() >= 0 && beat.heldNanos() < sinceNanos;
    if (beat.echoNanos() != 0 && sane && sinceNanos < MOST_NANOS) {
      nanos[count++ % KEPT] = sinceNanos - beat.heldNanos();
    }
  }

  /** The round trip; 0 before it is known. */
  long nanos() {
    int known = Math.min(count, KEPT);
    long least = known == 0 ? 0 : nanos[0];
    for (int i = 1; i < known; i++) {
      least = Math.min(least, nanos[i]);
    }
    return least;
  }
}
