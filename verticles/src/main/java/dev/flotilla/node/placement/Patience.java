package dev.flotilla.node.placement;

import java.util.ArrayDeque;
import java.util.Deque;

/**
 * How long a worker of a stage that seems to be lost has to answer. Streams wait for it, so it is
 * short where another worker has the layers already, and longer where they would have to be
 * fetched: that takes streams longer than a machine that is only busy. Where stages were moved
 * again and again it grows, since such a machine would get still more to do. Safe for threads; pure
 * but for what it remembers.
 */
final class Patience {
  private static final int LEAST_MILLIS = 500;
  private static final int LEAST_TO_FETCH_MILLIS = 4_000;
  private static final int MOST_MILLIS = 8_000;
  private static final long REMEMBERED_NANOS = 60_000_000_000L;

  /** As many moves as one loss may cause: of a stage, and of one that was wrongly suspected. */
  private static final int FREE_MOVES = 2;

  private final Deque<Long> movesNanos = new ArrayDeque<>();

  /** Takes note that a stage was moved as its worker did not answer. */
  synchronized void moved(long nowNanos) {
    movesNanos.add(nowNanos);
  }

  /**
   * How long to wait for an answer.
   *
   * @param fetched whether another worker could load the stage at once
   */
  synchronized int millis(long nowNanos, boolean fetched) {
    movesNanos.removeIf(then -> nowNanos - then > REMEMBERED_NANOS);
    int more = Math.max(0, movesNanos.size() - FREE_MOVES);
    int least = fetched ? LEAST_MILLIS : LEAST_TO_FETCH_MILLIS;
    return Math.min(MOST_MILLIS, least << Math.min(more, 8));
  }
}
