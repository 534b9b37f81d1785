package dev.flotilla.chat.schema;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Makes one schema of several that hold at once ({@code allOf}, and keywords beside {@code $ref} or
 * {@code anyOf}), keyword by keyword.
 */
final class SchemaMerger {
  /** The most references that are followed into each other. */
  private static final int MAX_REFERENCES = 32;

  private final SchemaSource source;

  SchemaMerger(SchemaSource source) {
    this.source = source;
  }

  /**
   * Both at once.
   *
   * @param at where they stand, for refusals
   * @return a schema as JSON; false where nothing can match both
   */
  Object merge(@Nullable Object one, @Nullable Object two, String at) {
    Object left = dereferenced(one, at, 0);
    Object right = dereferenced(two, at, 0);
    if (left instanceof Boolean flag) {
      return flag ? right : left;
    }
    if (right instanceof Boolean flag) {
      return flag ? left : right;
    }
    return merge((Map<?, ?>) left, (Map<?, ?>) right, at);
  }

  /** A schema whose {@code $ref} is replaced by what it points to. */
  private Object dereferenced(@Nullable Object schema, String at, int followed) {
    if (schema instanceof Boolean) {
      return schema;
    }
    if (!(schema instanceof Map<?, ?> map)) {
      throw SchemaSource.wrong(at, "allOf", "must hold schemas");
    }
    if (!(map.get("$ref") instanceof String reference)) {
      return map;
    }
    if (followed == MAX_REFERENCES) {
      throw SchemaSource.wrong(at, "$ref", "is combined with itself");
    }
    Object target = dereferenced(source.resolve(reference, at), at, followed + 1);
    Map<Object, @Nullable Object> siblings = new LinkedHashMap<>(map);
    siblings.remove("$ref");
    return target instanceof Map<?, ?> found ? merge(siblings, found, at) : target;
  }

  private Object merge(Map<?, ?> one, Map<?, ?> two, String at) {
    Map<Object, @Nullable Object> merged = new LinkedHashMap<>(one);
    closeProperties(merged, one, two);
    for (var entry : two.entrySet()) {
      String keyword = String.valueOf(entry.getKey());
      Object value = entry.getValue();
      if (!merged.containsKey(keyword)) {
        merged.put(keyword, value);
      } else if (!Keywords.isAnnotation(keyword)) {
        merged.put(keyword, both(keyword, merged.get(keyword), value, at));
      }
    }
    boolean impossible =
        (merged.get("type") instanceof List<?> types && types.isEmpty())
            || (merged.get("enum") instanceof List<?> values && values.isEmpty());
    return impossible ? (Object) false : merged;
  }

  /**
   * What one schema says of additional properties holds for those that only the other one names.
   */
  private static void closeProperties(
      Map<Object, @Nullable Object> merged, Map<?, ?> one, Map<?, ?> two) {
    if (!(one.get("properties") instanceof Map<?, ?>)
        && !(two.get("properties") instanceof Map<?, ?>)) {
      return;
    }
    Map<Object, @Nullable Object> properties = new LinkedHashMap<>();
    Map<?, ?> mine = properties(one);
    Map<?, ?> theirs = properties(two);
    Set<Object> names = new LinkedHashSet<>(mine.keySet());
    names.addAll(theirs.keySet());
    for (Object name : names) {
      List<@Nullable Object> all = new ArrayList<>();
      addMember(all, name, mine, one);
      addMember(all, name, theirs, two);
      properties.put(name, all.size() == 1 ? all.getFirst() : Map.of("allOf", all));
    }
    merged.put("properties", properties);
  }

  private static void addMember(
      List<@Nullable Object> all, Object name, Map<?, ?> properties, Map<?, ?> schema) {
    if (properties.containsKey(name)) {
      all.add(properties.get(name));
    } else if (schema.get("additionalProperties") != null) {
      all.add(schema.get("additionalProperties"));
    }
  }

  private static Map<?, ?> properties(Map<?, ?> schema) {
    return schema.get("properties") instanceof Map<?, ?> map ? map : Map.of();
  }

  private static @Nullable Object both(
      String keyword, @Nullable Object one, @Nullable Object two, String at) {
    if (keyword.equals("properties")) {
      // Both are in it already.
      return one;
    }
    if (one == null || two == null || one.equals(two)) {
      return one == null ? two : one;
    }
    return switch (keyword) {
      case "type" -> types(one, two);
      case "required" -> union(keyword, one, two, at);
      case "allOf" -> joined(keyword, one, two, at);
      case "enum" -> common(keyword, one, two, at);
      case "items", "additionalProperties" -> Map.of("allOf", List.of(one, two));
      case "minimum", "exclusiveMinimum", "minLength", "minItems" ->
          compare(keyword, one, two, at) >= 0 ? one : two;
      case "maximum", "exclusiveMaximum", "maxLength", "maxItems" ->
          compare(keyword, one, two, at) <= 0 ? one : two;
      case "nullable" -> one.equals(true) && two.equals(true);
      default -> throw SchemaSource.wrong(at, keyword, "is given twice, and differs");
    };
  }

  private static List<String> types(Object one, Object two) {
    List<String> mine = names(one);
    List<String> theirs = names(two);
    List<String> both = new ArrayList<>();
    for (String type : mine) {
      if (theirs.contains(type) || (type.equals("integer") && theirs.contains("number"))) {
        both.add(type);
      } else if (type.equals("number") && theirs.contains("integer")) {
        both.add("integer");
      }
    }
    return both.stream().distinct().toList();
  }

  private static List<String> names(Object types) {
    return types instanceof List<?> list
        ? list.stream().map(String::valueOf).toList()
        : List.of(String.valueOf(types));
  }

  private static List<@Nullable Object> union(String keyword, Object one, Object two, String at) {
    Set<@Nullable Object> all = new LinkedHashSet<>(joined(keyword, one, two, at));
    return new ArrayList<>(all);
  }

  private static List<@Nullable Object> joined(String keyword, Object one, Object two, String at) {
    List<@Nullable Object> all = new ArrayList<>(list(keyword, one, at));
    all.addAll(list(keyword, two, at));
    return all;
  }

  private static List<@Nullable Object> common(String keyword, Object one, Object two, String at) {
    List<@Nullable Object> all = new ArrayList<>(list(keyword, one, at));
    all.retainAll(list(keyword, two, at));
    return all;
  }

  private static List<?> list(String keyword, Object value, String at) {
    if (value instanceof List<?> list) {
      return list;
    }
    throw SchemaSource.wrong(at, keyword, "must be an array");
  }

  private static int compare(String keyword, Object one, Object two, String at) {
    if (one instanceof Number first && two instanceof Number second) {
      return new BigDecimal(first.toString()).compareTo(new BigDecimal(second.toString()));
    }
    throw SchemaSource.wrong(at, keyword, "must be a number");
  }
}
