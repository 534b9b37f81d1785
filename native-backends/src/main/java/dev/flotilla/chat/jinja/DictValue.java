package dev.flotilla.chat.jinja;

import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A dict, in insertion order. Immutable, as the sandbox refuses whatever would change one. */
final class DictValue implements Value {
  private final Map<Value, Value> entries;
  private final int depth;
  private final long weight;

  /** Takes over {@code entries}, which must not change afterwards. */
  DictValue(Map<Value, Value> entries, Limits limits) {
    int deepest = 0;
    long total = 1;
    for (Map.Entry<Value, Value> entry : entries.entrySet()) {
      deepest = Math.max(deepest, Math.max(entry.getKey().depth(), entry.getValue().depth()));
      total += entry.getKey().weight() + entry.getValue().weight();
    }
    ArrayValue.checkSize(deepest + 1, total, limits);
    this.entries = entries;
    this.depth = deepest + 1;
    this.weight = total;
  }

  /** An empty map to fill for a new dict. */
  static Map<Value, Value> newEntries() {
    return new LinkedHashMap<>();
  }

  /** Puts an entry as Python does: an equal key stays, its value is replaced. */
  static void put(Map<Value, Value> entries, Value key, Value value) {
    requireHashable(key);
    entries.put(key, value);
  }

  static void requireHashable(Value key) {
    if (!key.isHashable()) {
      throw Failure.type("unhashable type: '" + key.typeName() + "'");
    }
  }

  Map<Value, Value> entries() {
    return entries;
  }

  @Nullable Value get(Value key) {
    return entries.get(key);
  }

  @Override
  public String typeName() {
    return "dict";
  }

  @Override
  public boolean isTrue() {
    return !entries.isEmpty();
  }

  @Override
  public int length() {
    return entries.size();
  }

  @Override
  public Iterator<Value> iterator() {
    return entries.keySet().iterator();
  }

  @Override
  public void repr(Text out) {
    out.append('{');
    boolean isFirst = true;
    for (Map.Entry<Value, Value> entry : entries.entrySet()) {
      if (!isFirst) {
        out.append(", ");
      }
      isFirst = false;
      entry.getKey().repr(out);
      out.append(": ");
      entry.getValue().repr(out);
    }
    out.append('}');
  }

  @Override
  public int depth() {
    return depth;
  }

  @Override
  public long weight() {
    return weight;
  }

  @Override
  public boolean isHashable() {
    return false;
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return this == other || (other instanceof DictValue dict && entries.equals(dict.entries));
  }

  @Override
  public int hashCode() {
    return entries.hashCode();
  }
}
