package dev.flotilla.federation.state;

/**
 * What a {@link HistoryKeeper} wants done, in this order: nothing may be sent before what precedes
 * it is on disk.
 */
public sealed interface Action {

  /** Put it on disk. */
  record Persist(Durable durable) implements Action {}

  /** Append it to the {@link EventLog}. */
  record Append(LogEntry entry) implements Action {}

  /** Send it to a node; it may get lost. */
  record Send(String nodeId, Message message) implements Action {}

  /** Answer a command that was submitted here. */
  record Reply(String commandId, Outcome outcome) implements Action {}

  /** The state that is agreed on has changed. */
  record Publish(SwarmState state) implements Action {}
}
