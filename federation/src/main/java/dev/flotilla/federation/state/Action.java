package dev.flotilla.federation.state;

import java.util.List;

/**
 * What a {@link HistoryKeeper} wants done, in this order: nothing may be sent before what precedes
 * it is on disk.
 */
public sealed interface Action {

  /** Put it on disk. */
  record Persist(Durable durable) implements Action {}

  /** Append it to the log that all share. */
  record Append(LogEntry entry) implements Action {}

  /** Send it to a node; it may get lost. */
  record Send(String nodeId, Message message) implements Action {}

  /** Answer a command that was submitted here. */
  record Reply(String commandId, Outcome outcome) implements Action {}

  /**
   * The state that is agreed on has changed.
   *
   * @param agreed the entries that led to it, in order; empty if the state was taken over as a
   *     whole
   */
  record Publish(SwarmState state, List<LogEntry> agreed) implements Action {
    public Publish {
      agreed = List.copyOf(agreed);
    }
  }
}
