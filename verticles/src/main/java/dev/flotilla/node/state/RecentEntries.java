package dev.flotilla.node.state;

import dev.flotilla.federation.state.LogEntry;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;

/** The latest entries that the swarm agreed on. Thread-safe. */
final class RecentEntries {
  /** Entries kept for who comes later. */
  static final int KEPT = 1024;

  private final Deque<LogEntry> latest = new ArrayDeque<>();

  synchronized void add(List<LogEntry> agreed) {
    latest.addAll(agreed);
    while (latest.size() > KEPT) {
      latest.removeFirst();
    }
  }

  /** Those kept that come after an index, in order. */
  synchronized List<LogEntry> after(long index) {
    return latest.stream().filter(entry -> entry.index() > index).toList();
  }
}
