package dev.flotilla.federation;

import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Requests for one model that wait until a replica can take them. Bounded, and fair between API
 * keys: each key has its own queue, the queues take turns, and when there is no room the newest
 * request of the key that waits with most makes way for one of a key that waits with fewer. Not
 * thread-safe.
 *
 * @param <T> what waits
 */
public final class AdmissionQueue<T> {
  private final int limit;

  /** In the order of turns: the first is next. Never holds an empty queue. */
  private final Map<String, Deque<T>> byKey = new LinkedHashMap<>();

  private int size;

  /** An empty queue for at most {@code limit} requests. */
  public AdmissionQueue(int limit) {
    this.limit = limit;
  }

  /** How many wait. */
  public int size() {
    return size;
  }

  /**
   * Adds a request.
   *
   * @return the request that found no room: this one, or one that it displaced; empty if there was
   *     room
   */
  public Optional<T> offer(String key, T request) {
    Deque<T> own = byKey.getOrDefault(key, new ArrayDeque<>());
    Optional<T> displaced = Optional.empty();
    if (size >= limit) {
      Optional<Deque<T>> longest =
          byKey.values().stream().max(Comparator.comparingInt(Deque::size));
      if (longest.isEmpty() || longest.get().size() <= own.size() + 1) {
        return Optional.of(request);
      }
      displaced = Optional.of(longest.get().removeLast());
      size--;
    }
    own.addLast(request);
    byKey.putIfAbsent(key, own);
    size++;
    return displaced;
  }

  /** Takes the request whose turn it is. */
  public Optional<T> poll() {
    if (byKey.isEmpty()) {
      return Optional.empty();
    }
    Map.Entry<String, Deque<T>> next = byKey.entrySet().iterator().next();
    String key = next.getKey();
    Deque<T> queue = next.getValue();
    byKey.remove(key);
    T request = queue.removeFirst();
    if (!queue.isEmpty()) {
      byKey.put(key, queue);
    }
    size--;
    return Optional.of(request);
  }

  /** Removes a request that does not want to wait any longer; whether it waited. */
  public boolean remove(String key, T request) {
    Deque<T> queue = byKey.get(key);
    if (queue == null || !queue.remove(request)) {
      return false;
    }
    if (queue.isEmpty()) {
      byKey.remove(key);
    }
    size--;
    return true;
  }
}
