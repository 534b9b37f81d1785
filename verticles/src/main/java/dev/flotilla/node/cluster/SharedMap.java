package dev.flotilla.node.cluster;

import java.util.Map;
import java.util.Optional;
import java.util.function.BiConsumer;

/**
 * Small state that every member has a copy of: eventually the same everywhere, kept as long as one
 * member lives, merged by key after a partition. Any thread; never blocks for long.
 */
public interface SharedMap {
  /** The value of a key. */
  Optional<String> get(String key);

  /** Sets a value, for all members. */
  void put(String key, String value);

  /** Drops a key, for all members. */
  void remove(String key);

  /** Everything, at this moment. */
  Map<String, String> entries();

  /** Calls back for every key that is set, here or elsewhere, from now on; on a cluster thread. */
  void onPut(BiConsumer<String, String> listener);
}
