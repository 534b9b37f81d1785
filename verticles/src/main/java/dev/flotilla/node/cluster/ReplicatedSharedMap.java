package dev.flotilla.node.cluster;

import com.hazelcast.core.EntryAdapter;
import com.hazelcast.core.EntryEvent;
import com.hazelcast.replicatedmap.ReplicatedMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.BiConsumer;

/**
 * A {@link SharedMap} in Hazelcast, of one cluster member after another. In between it is a copy of
 * what was known; what this node has put itself it puts again.
 */
final class ReplicatedSharedMap implements SharedMap {
  private final List<BiConsumer<String, String>> listeners = new CopyOnWriteArrayList<>();
  private final Map<String, String> ownEntries = new ConcurrentHashMap<>();
  private volatile Map<String, String> map;

  ReplicatedSharedMap(ReplicatedMap<String, String> map) {
    this.map = map;
  }

  /** The cluster's member is about to end. */
  synchronized void detach() {
    map = new ConcurrentHashMap<>(map);
  }

  /** There is another member. */
  synchronized void attach(ReplicatedMap<String, String> next) {
    listeners.forEach(listener -> listen(next, listener));
    next.putAll(ownEntries);
    map = next;
  }

  @Override
  public Optional<String> get(String key) {
    return Optional.ofNullable(map.get(key));
  }

  @Override
  public synchronized void put(String key, String value) {
    ownEntries.put(key, value);
    map.put(key, value);
  }

  @Override
  public synchronized void remove(String key) {
    ownEntries.remove(key);
    map.remove(key);
  }

  @Override
  public Map<String, String> entries() {
    return Map.copyOf(map);
  }

  @Override
  public synchronized void onPut(BiConsumer<String, String> listener) {
    listeners.add(listener);
    if (map instanceof ReplicatedMap<String, String> shared) {
      listen(shared, listener);
    }
  }

  private static void listen(
      ReplicatedMap<String, String> shared, BiConsumer<String, String> listener) {
    UUID _ =
        shared.addEntryListener(
            new EntryAdapter<String, String>() {
              @Override
              public void entryAdded(EntryEvent<String, String> event) {
                listener.accept(event.getKey(), event.getValue());
              }

              @Override
              public void entryUpdated(EntryEvent<String, String> event) {
                listener.accept(event.getKey(), event.getValue());
              }
            });
  }
}
