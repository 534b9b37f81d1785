package dev.flotilla.federation.state;

import dev.flotilla.federation.state.Command.Request;
import java.util.Optional;

/**
 * What {@link HistoryKeeper}s say to each other. Any of it may be lost, late, repeated or out of
 * order.
 */
public sealed interface Message {

  /** May I lead in this epoch? My history ends so. */
  record AskPromise(long epoch, long headEpoch, long headIndex) implements Message {}

  /**
   * I'll follow nobody of an earlier epoch.
   *
   * @param newer what I have, if it goes further than what you have
   */
  record Promise(long epoch, Optional<Durable> newer) implements Message {}

  /** I have promised this later epoch. */
  record Outdated(long promisedEpoch) implements Message {}

  /** I have the history up to this entry of your epoch on disk. */
  record Acknowledge(long epoch, long index) implements Message {}

  /** I lead; my history ends here, and is agreed on up to there. */
  record Heartbeat(long epoch, long headIndex, long committedIndex) implements Message {}

  /** I lack something of your history. */
  record AskState(long epoch) implements Message {}

  /** All of it. */
  record State(long epoch, Durable durable) implements Message {}

  /** Please decide. */
  record Forward(Request request) implements Message {}

  /** It is decided. */
  record Decided(String commandId, Outcome outcome) implements Message {}
}
