package dev.flotilla.node.cluster;

import com.hazelcast.core.EntryAdapter;
import com.hazelcast.core.EntryEvent;
import com.hazelcast.replicatedmap.ReplicatedMap;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.BiConsumer;

/** A {@link SharedMap} in Hazelcast. */
final class ReplicatedSharedMap implements SharedMap {
  private final ReplicatedMap<String, String> map;

  ReplicatedSharedMap(ReplicatedMap<String, String> map) {
    this.map = map;
  }

  @Override
  public Optional<String> get(String key) {
    return Optional.ofNullable(map.get(key));
  }

  @Override
  public void put(String key, String value) {
    map.put(key, value);
  }

  @Override
  public void remove(String key) {
    map.remove(key);
  }

  @Override
  public Map<String, String> entries() {
    return Map.copyOf(map);
  }

  @Override
  public void onPut(BiConsumer<String, String> listener) {
    UUID _ =
        map.addEntryListener(
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
