package dev.flotilla.federation;

import dev.flotilla.engine.EngineException;
import dev.flotilla.federation.ModelRouter.Choice;
import java.util.HashSet;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/**
 * What went wrong with one session so far, and whether it is tried again. Time is the caller's, as
 * of {@link System#nanoTime}.
 */
final class Setbacks {
  private final FederationOptions options;
  private final Optional<String> stickyKey;
  private final Set<String> refused = new HashSet<>();
  private Optional<EngineException> last = Optional.empty();
  private OptionalLong lostNanos = OptionalLong.empty();
  private int contextAbove;
  private int failures;
  private int fruitless;

  Setbacks(FederationOptions options, Optional<String> stickyKey) {
    this.options = options;
    this.stickyKey = stickyKey;
  }

  /** What the next replica must be like. */
  Wanted wanted() {
    return new Wanted(refused, contextAbove, stickyKey);
  }

  /** The last failure, which is what a reader is told where there is no more to try. */
  Optional<EngineException> last() {
    return last;
  }

  /**
   * A replica gave the session up.
   *
   * @param suspect whether the request itself may be what fails replicas
   * @return whether another is to be tried
   */
  boolean add(Choice choice, EngineException failure, boolean suspect, long nowNanos) {
    last = Optional.of(failure);
    Verdict verdict = Verdict.of(failure);
    if (verdict == Verdict.REQUEST_AT_FAULT) {
      return false;
    }
    if (lostNanos.isEmpty()) {
      lostNanos = OptionalLong.of(nowNanos);
    }
    if (verdict == Verdict.REPLICA_TOO_SMALL) {
      contextAbove = Math.max(contextAbove, choice.replica().contextTokens());
    } else {
      refused.add(choice.nodeId());
    }
    if (verdict == Verdict.REPLICA_FAILED && suspect) {
      fruitless++;
      failures++;
    }
    return fruitless < options.attempts() && failures < options.totalAttempts();
  }

  /**
   * The session goes on: it got a token.
   *
   * @return how long it did not, if a replica was lost before
   */
  OptionalLong progressed(long nowNanos) {
    fruitless = 0;
    refused.clear();
    OptionalLong pause =
        lostNanos.isEmpty()
            ? OptionalLong.empty()
            : OptionalLong.of(nowNanos - lostNanos.getAsLong());
    lostNanos = OptionalLong.empty();
    return pause;
  }

  /**
   * No replica may be tried: whether to wait until one may, with all that refused it among them.
   */
  boolean awaits(long nowNanos) {
    boolean patient =
        lostNanos.isEmpty()
            || nowNanos - lostNanos.getAsLong() < options.patienceMillis() * 1_000_000;
    if (patient) {
      refused.clear();
    }
    return patient;
  }
}
