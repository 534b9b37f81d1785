package dev.flotilla.node.placement;

import java.util.ArrayDeque;
import java.util.Deque;

/**
 * How long a worker of a stage that seems to be lost has to answer. Streams wait for it, so it is
 * short; but where stages were moved again and again it grows, since a machine that only has too
 * much to do would get still more of it. Safe for threads; pure but for what it remembers.
 */
final class Patience {
  private static final int LEAST_MILLIS = 500;
  private static final int MOST_MILLIS = 8_000;
  private static final long REMEMBERED_NANOS = 60_000_000_000L;

  /** As many moves as one loss may cause: of a stage, and of one that was wrongly suspected. */
  private static final int FREE_MOVES = 2;

  private final Deque<Long> movesNanos = new ArrayDeque<>();

  /** Takes note that a stage was moved as its worker did not answer. */
  synchronized void moved(long nowNanos) {
    movesNanos.add(nowNanos);
  }

  /** How long to wait for an answer. */
  synchronized int millis(long nowNanos) {
    movesNanos.removeIf(then -> nowNanos - then > REMEMBERED_NANOS);
    int more = Math.max(0, movesNanos.size() - FREE_MOVES);
    return Math.min(MOST_MILLIS, LEAST_MILLIS << Math.min(more, 8));
  }
}
