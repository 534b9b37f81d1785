package dev.flotilla.federation.state;

import dev.flotilla.federation.state.Command.Request;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** What only a leader keeps: who has its last entry, and which commands wait. */
final class Leadership {

  /** A command, and the node that wants to know. */
  record Asked(Request request, String nodeId) {}

  final long epoch;

  /** Nodes that have the last entry on disk. */
  final Set<String> acknowledged = new HashSet<>();

  /** Since when members were not seen. */
  final Map<String, Long> awaySinceMillis = new HashMap<>();

  private final Deque<Asked> queue = new ArrayDeque<>();
  private Optional<Asked> inFlight = Optional.empty();
  long appendedMillis;
  long heartbeatMillis;

  Leadership(long epoch) {
    this.epoch = epoch;
  }

  boolean knows(String commandId) {
    return inFlight.stream().anyMatch(asked -> asked.request().commandId().equals(commandId))
        || queue.stream().anyMatch(asked -> asked.request().commandId().equals(commandId));
  }

  int waiting() {
    return queue.size();
  }

  void add(Asked asked) {
    queue.addLast(asked);
  }

  Optional<Asked> poll() {
    return Optional.ofNullable(queue.pollFirst());
  }

  void fly(Optional<Asked> asked) {
    inFlight = asked;
  }

  /** The command that the entry just agreed on carries out. */
  Optional<Asked> land() {
    Optional<Asked> landed = inFlight;
    inFlight = Optional.empty();
    return landed;
  }
}
