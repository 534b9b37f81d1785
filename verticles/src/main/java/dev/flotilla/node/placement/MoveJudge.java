package dev.flotilla.node.placement;

import dev.flotilla.node.placement.BetterSeat.Move;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Lets a stage move only if that has looked worth it for a while, and not soon after another: a
 * move makes answers pause, and what was measured yesterday may be noise today. A pure function of
 * what it was told; confined to one thread.
 */
final class MoveJudge {
  /** An answer must come so many times as fast. */
  static final double WORTH_IT = 1.25;

  static final long STEADY_NANOS = 60_000_000_000L;
  static final long REST_NANOS = 300_000_000_000L;

  private @Nullable Move candidate;
  private long sinceNanos;
  private long movedNanos;
  private boolean moved;

  /**
   * Whether to move a stage now.
   *
   * @param best the best move as things are, if there is any
   */
  Optional<Move> judge(Optional<Move> best, long nowNanos) {
    Move now = best.filter(move -> move.speedup() >= WORTH_IT).orElse(null);
    if (now == null || candidate == null || !isSame(now, candidate)) {
      candidate = now;
      sinceNanos = nowNanos;
      return Optional.empty();
    }
    boolean rests = moved && nowNanos - movedNanos < REST_NANOS;
    if (nowNanos - sinceNanos < STEADY_NANOS || rests) {
      return Optional.empty();
    }
    candidate = null;
    moved = true;
    movedNanos = nowNanos;
    return Optional.of(now);
  }

  private static boolean isSame(Move one, Move other) {
    return one.from().equals(other.from()) && one.to().equals(other.to());
  }
}
