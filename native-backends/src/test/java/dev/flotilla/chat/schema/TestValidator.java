package dev.flotilla.chat.schema;

import java.math.BigDecimal;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Says whether a value is valid against a schema, as the specification of JSON Schema says it. */
public final class TestValidator {
  private final Map<String, ?> root;

  public TestValidator(Map<String, ?> root) {
    this.root = root;
  }

  public boolean isValid(@Nullable Object value) {
    return isValid(root, value);
  }

  private boolean isValid(@Nullable Object schema, @Nullable Object value) {
    if (schema instanceof Boolean flag) {
      return flag;
    }
    Map<?, ?> map = map(schema);
    if (value == null && Boolean.TRUE.equals(map.get("nullable"))) {
      return true;
    }
    return map.entrySet().stream()
        .allMatch(entry -> holds((String) entry.getKey(), entry.getValue(), map, value));
  }

  private boolean holds(
      String keyword, @Nullable Object said, Map<?, ?> schema, @Nullable Object value) {
    return switch (keyword) {
      case "$ref" -> isValid(resolve(String.valueOf(said)), value);
      case "allOf" -> list(said).stream().allMatch(each -> isValid(each, value));
      case "anyOf" -> list(said).stream().anyMatch(each -> isValid(each, value));
      case "oneOf" -> list(said).stream().filter(each -> isValid(each, value)).count() == 1;
      case "enum" -> list(said).stream().anyMatch(each -> same(each, value));
      case "const" -> same(said, value);
      case "type" ->
          said instanceof List<?> types
              ? types.stream().anyMatch(type -> isOf(String.valueOf(type), value))
              : isOf(String.valueOf(said), value);
      case "minimum" -> !(value instanceof Number n) || decimal(n).compareTo(decimal(said)) >= 0;
      case "maximum" -> !(value instanceof Number n) || decimal(n).compareTo(decimal(said)) <= 0;
      case "exclusiveMinimum" ->
          !(value instanceof Number n) || decimal(n).compareTo(decimal(said)) > 0;
      case "exclusiveMaximum" ->
          !(value instanceof Number n) || decimal(n).compareTo(decimal(said)) < 0;
      case "minLength" -> !(value instanceof String s) || length(s) >= count(said);
      case "maxLength" -> !(value instanceof String s) || length(s) <= count(said);
      case "pattern" ->
          !(value instanceof String s) || Pattern.compile(String.valueOf(said)).matcher(s).find();
      case "minItems" -> !(value instanceof List<?> l) || l.size() >= count(said);
      case "maxItems" -> !(value instanceof List<?> l) || l.size() <= count(said);
      case "prefixItems", "items" ->
          !(value instanceof List<?> list) || elementsHold(keyword, said, schema, list);
      case "required" -> !(value instanceof Map<?, ?> m) || m.keySet().containsAll(list(said));
      case "properties", "additionalProperties" ->
          !(value instanceof Map<?, ?> m) || membersHold(keyword, said, schema, m);
      case "$defs", "nullable" -> true;
      default -> throw new IllegalArgumentException(keyword);
    };
  }

  private boolean elementsHold(
      String keyword, @Nullable Object said, Map<?, ?> schema, List<?> value) {
    int named = schema.get("prefixItems") instanceof List<?> prefix ? prefix.size() : 0;
    for (int i = 0; i < value.size(); i++) {
      boolean holds =
          keyword.equals("items")
              ? i < named || isValid(said, value.get(i))
              : i >= named || isValid(list(said).get(i), value.get(i));
      if (!holds) {
        return false;
      }
    }
    return true;
  }

  private boolean membersHold(
      String keyword, @Nullable Object said, Map<?, ?> schema, Map<?, ?> value) {
    Map<?, ?> named = schema.get("properties") instanceof Map<?, ?> map ? map : Map.of();
    return value.entrySet().stream()
        .allMatch(entry ->
            keyword.equals("properties")
                ? !named.containsKey(entry.getKey())
                    || isValid(named.get(entry.getKey()), entry.getValue())
                : named.containsKey(entry.getKey()) || isValid(said, entry.getValue()));
  }

  private @Nullable Object resolve(String pointer) {
    @Nullable Object at = root;
    for (String token : pointer.substring(1).split("/", -1)) {
      at = token.isEmpty() ? at : map(at).get(token);
    }
    return at;
  }

  private static Map<?, ?> map(@Nullable Object value) {
    return (Map<?, ?>) Objects.requireNonNull(value);
  }

  private static List<?> list(@Nullable Object value) {
    return (List<?>) Objects.requireNonNull(value);
  }

  private static int count(@Nullable Object number) {
    return decimal(number).intValueExact();
  }

  private static boolean isOf(String type, @Nullable Object value) {
    return switch (type) {
      case "object" -> value instanceof Map<?, ?>;
      case "array" -> value instanceof List<?>;
      case "string" -> value instanceof String;
      case "boolean" -> value instanceof Boolean;
      case "number" -> value instanceof Number;
      case "integer" -> value instanceof Number n && decimal(n).stripTrailingZeros().scale() <= 0;
      default -> value == null;
    };
  }

  private static boolean same(@Nullable Object one, @Nullable Object two) {
    return (one instanceof Number a && two instanceof Number b)
        ? decimal(a).compareTo(decimal(b)) == 0
        : one == null ? two == null : one.equals(two);
  }

  private static BigDecimal decimal(@Nullable Object number) {
    return new BigDecimal(String.valueOf(number));
  }

  private static int length(String text) {
    return text.codePointCount(0, text.length());
  }
}
