package dev.flotilla.chat.jinja;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The variables a rendering was given, converted as they are first used; then the globals. */
final class Context {
  private final Map<String, ? extends @Nullable Object> given;
  private final Map<String, Value> converted = new HashMap<>();
  private final Limits limits;

  Context(Map<String, ? extends @Nullable Object> given, Limits limits) {
    this.given = given;
    this.limits = limits;
  }

  @Nullable Value get(String name) {
    Value value = converted.get(name);
    if (value == null) {
      if (!given.containsKey(name)) {
        return GlobalFunction.named(name);
      }
      value = convert(given.get(name), limits.nesting());
      converted.put(name, value);
    }
    return value;
  }

  private Value convert(@Nullable Object value, int depthLeft) {
    if (value == null) {
      return NoneValue.NONE;
    }
    if (value instanceof String text) {
      return new StringValue(text);
    }
    if (value instanceof Boolean flag) {
      return BoolValue.of(flag);
    }
    if (value instanceof Integer || value instanceof Long) {
      return IntValue.of(((Number) value).longValue());
    }
    if (value instanceof Double number) {
      return new FloatValue(number);
    }
    if (value instanceof BigInteger integer) {
      return Numbers.integer(integer);
    }
    if (depthLeft == 0) {
      throw Failure.limit("values nest deeper than " + limits.nesting() + " levels");
    }
    if (value instanceof List<?> list) {
      List<Value> items = new ArrayList<>(list.size());
      for (Object item : list) {
        items.add(convert(item, depthLeft - 1));
      }
      return ArrayValue.list(items, limits);
    }
    if (value instanceof Map<?, ?> map) {
      Map<Value, Value> entries = DictValue.newEntries();
      for (Map.Entry<?, ?> entry : map.entrySet()) {
        DictValue.put(
            entries,
            convert(entry.getKey(), depthLeft - 1),
            convert(entry.getValue(), depthLeft - 1));
      }
      return new DictValue(entries, limits);
    }
    throw Failure.unsupported("a template cannot be given a " + value.getClass().getName());
  }
}
