package dev.flotilla.sharding;

import java.util.Optional;

/**
 * A pipeline at one moment.
 *
 * @param state whether it takes sessions
 * @param problem what is wrong, for people, while it is not {@link State#READY}
 * @param loadProgress 0 to 1 while it loads
 * @param slots sessions it can run at once
 * @param running sessions that hold a slot
 * @param queued sessions that wait for one
 * @param queueLimit sessions that may wait
 * @param contextTokens positions one session may use
 * @param restarts how often its engine process was restarted
 * @param cacheLosses how often all was lost that its caches held of ended sessions
 * @param residentBytes memory of the engine process, 0 while unknown
 */
public record PipelineStatus(
    State state,
    Optional<String> problem,
    double loadProgress,
    int slots,
    int running,
    int queued,
    int queueLimit,
    int contextTokens,
    int restarts,
    int cacheLosses,
    long residentBytes) {

  /** The same with as many losses of caches. */
  public PipelineStatus withCacheLosses(int losses) {
    return new PipelineStatus(
        state,
        problem,
        loadProgress,
        slots,
        running,
        queued,
        queueLimit,
        contextTokens,
        restarts,
        losses,
        residentBytes);
  }

  /** The same of one that can't be served, for a reason besides what it says itself. */
  public PipelineStatus failed(String reason) {
    return new PipelineStatus(
        State.FAILED,
        Optional.of(reason),
        loadProgress,
        slots,
        running,
        queued,
        queueLimit,
        contextTokens,
        restarts,
        cacheLosses,
        residentBytes);
  }

  /** Whether a pipeline takes sessions. */
  public enum State {
    /** Its stages are being loaded for the first time. */
    LOADING,
    /** It takes sessions. */
    READY,
    /** An engine process was lost and is being restarted. */
    RESTARTING,
    /** It can't be served and is not being tried again. */
    FAILED,
    /** It finishes what runs and takes nothing new. */
    DRAINING
  }
}
