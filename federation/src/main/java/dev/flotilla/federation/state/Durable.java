package dev.flotilla.federation.state;

import java.util.List;

/**
 * What a node keeps on disk, and gives to one that lacks it.
 *
 * @param committed agreed on by a majority
 * @param tail entries that follow and may not be agreed on yet
 * @param promisedEpoch entries of earlier epochs are refused
 * @param promisedTo who may lead in that epoch; empty at first
 */
public record Durable(
    SwarmState committed, List<LogEntry> tail, long promisedEpoch, String promisedTo) {

  /** Of a node that has never been in a swarm. */
  public static final Durable EMPTY = new Durable(SwarmState.EMPTY, List.of(), 0, "");

  public Durable {
    tail = List.copyOf(tail);
    if (tail.size() > Limits.TAIL) {
      throw new IllegalArgumentException("a tail of %d entries".formatted(tail.size()));
    }
  }

  /**
   * The state after the tail.
   *
   * @throws IllegalArgumentException if the tail does not follow
   */
  SwarmState head() {
    SwarmState head = committed;
    for (LogEntry entry : tail) {
      head = head.apply(entry);
    }
    return head;
  }
}
