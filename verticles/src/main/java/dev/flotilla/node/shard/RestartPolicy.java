package dev.flotilla.node.shard;

/**
 * When a lost engine process is started again. Pure.
 *
 * @param firstDelayMillis delay after the first loss
 * @param maxDelayMillis the longest delay; each loss in a row doubles it up to there
 * @param healthyMillis a process that was ready for so long starts the count anew
 */
public record RestartPolicy(long firstDelayMillis, long maxDelayMillis, long healthyMillis) {

  /** Quick at first, since most crashes do not repeat; 30 seconds at most. */
  public static final RestartPolicy STANDARD = new RestartPolicy(100, 30_000, 60_000);

  /** The delay before the next start after {@code losses} losses in a row, at least one. */
  long delayMillis(int losses) {
    return Math.min(maxDelayMillis, firstDelayMillis << Math.min(losses - 1, 20));
  }
}
