package dev.flotilla.federation.state;

/**
 * How patient a node is.
 *
 * @param heartbeatMillis between two heartbeats of a leader
 * @param retryMillis until something unanswered is asked again
 * @param commandMillis until a command is given up
 * @param removalMillis until a node that is away stops being a member
 * @param maxPending commands that wait, on each node
 * @param quorum who may decide
 */
public record KeeperOptions(
    long heartbeatMillis,
    long retryMillis,
    long commandMillis,
    long removalMillis,
    int maxPending,
    Quorum quorum) {

  public static final KeeperOptions DEFAULT =
      new KeeperOptions(500, 1_000, 30_000, 600_000, 256, new Quorum(false));

  public KeeperOptions {
    if (heartbeatMillis < 1
        || retryMillis < 1
        || commandMillis < retryMillis
        || removalMillis < commandMillis
        || maxPending < 1) {
      throw new IllegalArgumentException(
          "heartbeat %d ms, retry %d ms, command %d ms, removal %d ms, %d pending"
              .formatted(heartbeatMillis, retryMillis, commandMillis, removalMillis, maxPending));
    }
  }

  /** The same with another quorum. */
  public KeeperOptions with(Quorum other) {
    return new KeeperOptions(
        heartbeatMillis, retryMillis, commandMillis, removalMillis, maxPending, other);
  }
}
