package dev.flotilla.node.placement;

import dev.flotilla.node.placement.Change.Move;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Lets a pipeline change only if that has looked worth it for a while, and not soon after another
 * change: one makes answers pause, and what was measured yesterday may be noise today. Each change
 * is watched for itself, as which one looks best is often noise too. A function of what it was
 * told, and safe for threads.
 */
public final class ChangeJudge {
  /** An answer must come so many times as fast. */
  static final double WORTH_IT = 1.25;

  /** For so long, in most looks; and it must be better than nothing in all of them. */
  static final long STEADY_NANOS = 60_000_000_000L;

  private static final double MOST = 0.75;

  static final long REST_NANOS = 300_000_000_000L;

  /** The longest rest, after changes that failed one after the other. */
  static final long LONGEST_REST_NANOS = 3_600_000_000_000L;

  /** A stage that moves costs little, beside another pipeline. */
  private static final Comparator<Change> BEST_LAST =
      Comparator.<Change, Boolean>comparing(Move.class::isInstance)
          .thenComparingDouble(Change::speedup);

  private Map<Object, Watch> watched = Map.of();
  private boolean changed;
  private long changedNanos;
  private long restNanos = REST_NANOS;

  /** How a change has looked since it was worth it for the first time. */
  private record Watch(long sinceNanos, int looks, int worthIt) {
    private static Watch first(long nowNanos) {
      return new Watch(nowNanos, 1, 1);
    }

    private Watch next(boolean isWorthIt) {
      return new Watch(sinceNanos, looks + 1, worthIt + (isWorthIt ? 1 : 0));
    }

    private boolean isRipe(long nowNanos) {
      return nowNanos - sinceNanos >= STEADY_NANOS;
    }

    private boolean isSteady() {
      return worthIt >= MOST * looks;
    }
  }

  /**
   * What to change now.
   *
   * @param possible the changes as things are; none if stages move, are lost or leave already
   */
  public synchronized Optional<Change> judge(List<Change> possible, long nowNanos) {
    Map<Object, Watch> seen = new HashMap<>();
    for (Change change : possible) {
      look(change, watched.get(change.kind()), nowNanos)
          .ifPresent(watch -> seen.put(change.kind(), watch));
    }
    watched = seen;
    if (changed && nowNanos - changedNanos < restNanos) {
      return Optional.empty();
    }
    Optional<Change> due =
        possible.stream().filter(change -> isDue(change, nowNanos)).max(BEST_LAST);
    if (due.isPresent()) {
      watched = Map.of();
      changed = true;
      changedNanos = nowNanos;
    }
    return due;
  }

  private static Optional<Watch> look(Change change, @Nullable Watch before, long nowNanos) {
    boolean isWorthIt = change.speedup() >= WORTH_IT;
    if (before != null && change.speedup() > 1) {
      Watch now = before.next(isWorthIt);
      if (now.isSteady() || !now.isRipe(nowNanos)) {
        return Optional.of(now);
      }
    }
    return isWorthIt ? Optional.of(Watch.first(nowNanos)) : Optional.empty();
  }

  private boolean isDue(Change change, long nowNanos) {
    Watch watch = watched.get(change.kind());
    return change.speedup() >= WORTH_IT
        && watch != null
        && watch.isRipe(nowNanos)
        && watch.isSteady();
  }

  /** The last change is made; the next one has to wait from now on. */
  public synchronized void made(long nowNanos) {
    changed = true;
    changedNanos = nowNanos;
    restNanos = REST_NANOS;
  }

  /** The last change could not be made; the next one has to wait twice as long as this one had. */
  public synchronized void failed(long nowNanos) {
    changed = true;
    changedNanos = nowNanos;
    restNanos = Math.min(LONGEST_REST_NANOS, 2 * restNanos);
  }
}
