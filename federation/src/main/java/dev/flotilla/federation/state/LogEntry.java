package dev.flotilla.federation.state;

import java.util.List;

/**
 * Events that happen together, in their place in the history.
 *
 * @param epoch of the leader who wrote it
 * @param leaderId who that is
 * @param index 1 for the first entry of a swarm
 * @param parentHash of the state that it follows on
 * @param commandId of the command that it carries out; empty for the leader's own decisions
 * @param events in order
 */
public record LogEntry(
    long epoch,
    String leaderId,
    long index,
    long parentHash,
    String commandId,
    List<Event> events) {

  public LogEntry {
    Limits.text("leaderId", leaderId);
    events = List.copyOf(events);
    if (epoch < 1 || index < 1) {
      throw new IllegalArgumentException("epoch %d, index %d".formatted(epoch, index));
    }
    if (commandId.length() > Limits.TEXT || events.size() > Limits.EVENTS_OF_ENTRY) {
      throw new IllegalArgumentException(
          "commandId of %d characters, %d events".formatted(commandId.length(), events.size()));
    }
  }
}
