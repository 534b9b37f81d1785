package dev.flotilla.chat.schema;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/** Random schemas of all kinds that are supported, and random values that match them. */
public final class SchemaSamples {
  private static final List<String> PATTERNS =
      List.of(
          "^[a-c]{1,3}$", "^(ab|cd)+x?$", "^\\d{2}-\\w$", "^[^\"]$", "z", "^a|b$", "^\\\\\"\\n?$");
  private static final String NAMES = "abcé\"\\";

  private final Random random;
  private final Map<String, Object> definitions = new LinkedHashMap<>();

  public SchemaSamples(Random random) {
    this.random = random;
  }

  /** A schema, with definitions that may refer to themselves. */
  public Map<String, Object> schema() {
    definitions.clear();
    Map<String, Object> tree = new LinkedHashMap<>();
    tree.put("type", "object");
    tree.put("properties", Map.of("next", Map.of("$ref", "#/$defs/tree")));
    definitions.put("tree", tree);
    definitions.put("leaf", schema(0));
    Map<String, Object> root = new LinkedHashMap<>(schema(3));
    root.put("$defs", definitions);
    return root;
  }

  private Map<String, Object> schema(int depth) {
    Map<String, Object> schema = new LinkedHashMap<>();
    switch (random.nextInt(depth == 0 ? 9 : 15)) {
      case 0 -> schema.put("type", "null");
      case 1 -> schema.put("type", "boolean");
      case 2 -> {
        schema.put("type", "integer");
        bounds(schema, true);
      }
      case 3 -> {
        schema.put("type", "number");
        bounds(schema, false);
      }
      case 4 -> {
        schema.put("type", "string");
        if (random.nextBoolean()) {
          schema.put("minLength", random.nextInt(3));
          schema.put("maxLength", 2 + random.nextInt(3));
        }
      }
      case 5 -> {
        schema.put("type", "string");
        schema.put("pattern", PATTERNS.get(random.nextInt(PATTERNS.size())));
      }
      case 6 -> schema.put("enum", List.of("on", 5, 1.5, true, "é"));
      case 7 -> schema.put("const", random.nextBoolean() ? "A \"b\"\n" : 42);
      case 8 -> {
        schema.put("type", List.of("string", "integer", "null"));
        schema.put("maximum", 7);
        schema.put("maxLength", 1);
      }
      case 9, 10 -> object(schema, depth - 1);
      case 11 -> array(schema, depth - 1);
      case 12 -> {
        schema.put("anyOf", List.of(schema(depth - 1), schema(depth - 1)));
        schema.put("nullable", random.nextBoolean());
      }
      case 13 -> allOf(schema, depth - 1);
      default -> schema.put("$ref", random.nextBoolean() ? "#/$defs/tree" : "#/$defs/leaf");
    }
    return schema;
  }

  private void bounds(Map<String, Object> schema, boolean whole) {
    double scale = Math.pow(10, random.nextInt(4));
    double low = Math.rint((random.nextDouble() - 0.5) * 100 * scale) / (whole ? 1 : 100);
    double high = low + 1 + Math.rint(random.nextDouble() * scale);
    if (random.nextBoolean()) {
      schema.put(random.nextBoolean() ? "minimum" : "exclusiveMinimum", number(low, whole));
    }
    if (random.nextBoolean()) {
      schema.put(random.nextBoolean() ? "maximum" : "exclusiveMaximum", number(high, whole));
    }
    if (whole && schema.containsKey("exclusiveMinimum") && schema.containsKey("exclusiveMaximum")) {
      schema.remove("exclusiveMinimum");
    }
  }

  private static Object number(double value, boolean whole) {
    return whole ? (Object) (long) value : (Object) value;
  }

  private void object(Map<String, Object> schema, int depth) {
    schema.put("type", "object");
    Map<String, Object> properties = new LinkedHashMap<>();
    List<String> required = new ArrayList<>();
    for (int i = random.nextInt(4); i >= 0; i--) {
      String name = name();
      properties.put(name, schema(depth));
      if (random.nextBoolean() && !required.contains(name)) {
        required.add(name);
      }
    }
    schema.put("properties", properties);
    schema.put("required", required);
    if (random.nextBoolean()) {
      schema.put("additionalProperties", random.nextBoolean() ? schema(0) : random.nextBoolean());
    }
  }

  private String name() {
    StringBuilder name = new StringBuilder();
    for (int i = random.nextInt(3); i >= 0; i--) {
      name.append(NAMES.charAt(random.nextInt(NAMES.length())));
    }
    return name.toString();
  }

  private void array(Map<String, Object> schema, int depth) {
    schema.put("type", "array");
    if (random.nextBoolean()) {
      schema.put("prefixItems", List.of(schema(depth), schema(depth)));
      schema.put("minItems", random.nextInt(3));
    }
    if (random.nextBoolean() || !schema.containsKey("prefixItems")) {
      schema.put("items", schema(depth));
      schema.put("maxItems", 2 + random.nextInt(3));
    }
  }

  private void allOf(Map<String, Object> schema, int depth) {
    Map<String, Object> one = new LinkedHashMap<>();
    object(one, depth);
    one.remove("additionalProperties");
    Map<String, Object> two =
        Map.of("properties", Map.of("more", schema(depth)), "required", List.of("more"));
    schema.put("allOf", List.of(one, two));
    schema.put("type", "object");
  }

  /** A value in the order of the schema's members; null values of Java are JSON's. */
  public @Nullable Object value(Map<?, ?> root) {
    return value(root, root, 6);
  }

  private @Nullable Object value(Map<?, ?> root, @Nullable Object schema, int depth) {
    if (!(schema instanceof Map<?, ?> map)) {
      return anything();
    }
    if (map.get("$ref") instanceof String pointer) {
      return value(root, definitions(root).get(pointer.substring("#/$defs/".length())), depth - 1);
    }
    if (map.get("enum") instanceof List<?> values) {
      return values.get(random.nextInt(values.size()));
    }
    if (map.containsKey("const")) {
      return map.get("const");
    }
    if (map.get("anyOf") instanceof List<?> options) {
      return value(root, options.get(random.nextInt(options.size())), depth);
    }
    if (map.get("allOf") instanceof List<?> all) {
      Map<Object, @Nullable Object> joined = new LinkedHashMap<>();
      for (Object each : all) {
        joined.putAll((Map<?, ?>) value(root, each, depth));
      }
      return joined;
    }
    Object type = map.get("type") instanceof List<?> types ? types.get(0) : map.get("type");
    return switch (type == null ? "object" : (String) type) {
      case "null" -> null;
      case "boolean" -> random.nextBoolean();
      case "integer" -> integer(map);
      case "number" -> decimal(map);
      case "string" -> string(map);
      case "array" -> list(root, map, depth);
      default -> members(root, map, depth);
    };
  }

  private static Map<?, ?> definitions(Map<?, ?> root) {
    return root.get("$defs") instanceof Map<?, ?> map ? map : Map.of();
  }

  private static int most(Map<?, ?> array) {
    return array.get("maxItems") instanceof Integer most ? most : 3;
  }

  private Object anything() {
    return List.of("text", 1, 2.5, true, List.of(), Map.of("a", 1)).get(random.nextInt(6));
  }

  private Object integer(Map<?, ?> map) {
    long low = map.get("minimum") instanceof Number n ? n.longValue() : Long.MIN_VALUE;
    low = map.get("exclusiveMinimum") instanceof Number n ? n.longValue() + 1 : low;
    long high = map.get("maximum") instanceof Number n ? n.longValue() : Long.MAX_VALUE;
    high = map.get("exclusiveMaximum") instanceof Number n ? n.longValue() - 1 : high;
    return between(low, high);
  }

  private long between(long low, long high) {
    long spread = 2_000;
    long from = low == Long.MIN_VALUE ? (high == Long.MAX_VALUE ? -1_000 : high - spread) : low;
    long to = high == Long.MAX_VALUE ? from + spread : high;
    return switch (random.nextInt(4)) {
      case 0 -> from;
      case 1 -> to;
      default -> random.nextLong(from, to + 1);
    };
  }

  private Object decimal(Map<?, ?> map) {
    double low = bound(map, "minimum", "exclusiveMinimum", -1e4);
    double high = bound(map, "maximum", "exclusiveMaximum", Math.max(1e4, low + 1e4));
    low = low == -1e4 ? Math.min(low, high - 1e4) : low;
    double value = low + (high - low) * random.nextDouble();
    return new BigDecimal(value).setScale(4, java.math.RoundingMode.HALF_UP);
  }

  private static double bound(Map<?, ?> map, String one, String two, double absent) {
    Object value = map.containsKey(one) ? map.get(one) : map.get(two);
    return value instanceof Number number ? number.doubleValue() : absent;
  }

  private String string(Map<?, ?> map) {
    if (map.get("pattern") instanceof String pattern) {
      return switch (PATTERNS.indexOf(pattern)) {
        case 0 -> "cab";
        case 1 -> "abcdx";
        case 2 -> "07-k";
        case 3 -> "\n";
        case 4 -> "aözb";
        case 5 -> "xb";
        default -> "\\\"\n";
      };
    }
    int least = map.get("minLength") instanceof Integer n ? n : 0;
    int most = map.get("maxLength") instanceof Integer n ? n : 5;
    StringBuilder text = new StringBuilder();
    for (int i = least + random.nextInt(Math.max(1, most - least + 1)); i > 0; i--) {
      text.append(List.of("a", "\"", "\\", "\n", "é", "😀", "\u0001", "/").get(random.nextInt(8)));
    }
    return text.toString();
  }

  private List<@Nullable Object> list(Map<?, ?> root, Map<?, ?> map, int depth) {
    List<?> prefix = map.get("prefixItems") instanceof List<?> list ? list : List.of();
    int least = map.get("minItems") instanceof Integer n ? n : 0;
    int most = map.get("items") == null ? prefix.size() : most(map);
    List<@Nullable Object> list = new ArrayList<>();
    int size = depth <= 0 ? least : least + random.nextInt(most - least + 1);
    for (int i = 0; i < size; i++) {
      list.add(value(root, i < prefix.size() ? prefix.get(i) : map.get("items"), depth - 1));
    }
    return list;
  }

  private Map<Object, @Nullable Object> members(Map<?, ?> root, Map<?, ?> map, int depth) {
    Map<Object, @Nullable Object> members = new LinkedHashMap<>();
    List<?> required = map.get("required") instanceof List<?> list ? list : List.of();
    Map<?, ?> properties = map.get("properties") instanceof Map<?, ?> named ? named : Map.of();
    for (var property : properties.entrySet()) {
      if (required.contains(property.getKey()) || (depth > 0 && random.nextBoolean())) {
        members.put(property.getKey(), value(root, property.getValue(), depth - 1));
      }
    }
    Object additional = map.get("additionalProperties");
    if (additional != null && !additional.equals(false) && random.nextBoolean()) {
      members.put("xyz", value(root, additional, depth - 1));
    }
    return members;
  }

  /** A value as JSON with or without white space. */
  public static String json(@Nullable Object value, boolean pretty) {
    String compact = JsonStrings.json(value);
    return pretty ? pretty(value, "\n") : compact;
  }

  private static String pretty(@Nullable Object value, String indent) {
    String inner = indent + "  ";
    if (value instanceof Map<?, ?> map && !map.isEmpty()) {
      List<String> members = new ArrayList<>();
      map.forEach((name, member) ->
          members.add(inner + JsonStrings.json(name) + ": " + pretty(member, inner)));
      return "{" + String.join(",", members) + indent + "}";
    }
    if (value instanceof List<?> list && !list.isEmpty()) {
      List<String> items = new ArrayList<>();
      list.forEach(item -> items.add(inner + pretty(item, inner)));
      return "[" + String.join(",", items) + indent + "]";
    }
    return JsonStrings.json(value);
  }
}
