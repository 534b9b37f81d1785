package dev.flotilla.federation;

/**
 * Whether a replica that failed is tried again. Immutable; time is the caller's, as of {@link
 * System#nanoTime}.
 *
 * <p>After {@value #TOLERATED} failures in a row it opens: the replica gets nothing for a while
 * that doubles every time. Then one probe is let through, half open: its success closes the
 * breaker, its failure opens it for longer.
 *
 * @param failures failures in a row
 * @param openings how often it opened in a row
 * @param openUntilNanos when the next probe may go
 * @param probing whether a probe is under way
 */
public record CircuitBreaker(int failures, int openings, long openUntilNanos, boolean probing) {

  /** Failures in a row before it opens. */
  public static final int TOLERATED = 3;

  /** How long it stays open the first time. */
  static final long FIRST_OPEN_NANOS = 1_000_000_000L;

  /** How long it stays open at most. */
  static final long MOST_OPEN_NANOS = 30_000_000_000L;

  /** A replica that has not failed. */
  public static final CircuitBreaker CLOSED = new CircuitBreaker(0, 0, 0, false);

  /** Whether a session may be sent now. */
  public boolean admits(long nowNanos) {
    return openings == 0 || (!probing && nowNanos - openUntilNanos >= 0);
  }

  /** A session is sent. */
  public CircuitBreaker sent() {
    return openings == 0 ? this : new CircuitBreaker(failures, openings, openUntilNanos, true);
  }

  /** A session was served. */
  public CircuitBreaker succeeded() {
    return CLOSED;
  }

  /** A session ended without telling anything of the replica: its client went away, say. */
  public CircuitBreaker undecided() {
    return new CircuitBreaker(failures, openings, openUntilNanos, false);
  }

  /** The replica failed a session. */
  public CircuitBreaker failed(long nowNanos) {
    int inARow = Math.min(failures + 1, 1_000);
    if (inARow < TOLERATED) {
      return new CircuitBreaker(inARow, openings, openUntilNanos, false);
    }
    if (openings > 0 && !probing) {
      // A session from before it opened: old news.
      return this;
    }
    long open = Math.min(MOST_OPEN_NANOS, FIRST_OPEN_NANOS << Math.min(openings, 20));
    return new CircuitBreaker(inARow, openings + 1, nowNanos + open, false);
  }
}
