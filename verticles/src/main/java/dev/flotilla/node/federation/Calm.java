package dev.flotilla.node.federation;

import java.util.OptionalLong;

/** Tells whether somebody has been idle for long enough not to be wanted at any moment. */
final class Calm {
  static final long NANOS = 2_000_000_000L;

  private OptionalLong sinceNanos = OptionalLong.empty();

  /** Whether it lasts by now. To be asked often. */
  boolean lasts(boolean isIdle, long nowNanos) {
    if (!isIdle) {
      sinceNanos = OptionalLong.empty();
      return false;
    }
    if (sinceNanos.isEmpty()) {
      sinceNanos = OptionalLong.of(nowNanos);
    }
    return nowNanos - sinceNanos.getAsLong() >= NANOS;
  }
}
