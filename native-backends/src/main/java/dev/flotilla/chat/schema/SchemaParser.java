package dev.flotilla.chat.schema;

import static dev.flotilla.chat.schema.KeywordValues.count;
import static dev.flotilla.chat.schema.KeywordValues.isWhole;
import static dev.flotilla.chat.schema.KeywordValues.list;
import static dev.flotilla.chat.schema.KeywordValues.map;
import static dev.flotilla.chat.schema.KeywordValues.text;
import static dev.flotilla.chat.schema.SchemaSource.child;
import static dev.flotilla.chat.schema.SchemaSource.wrong;

import dev.flotilla.chat.schema.Schema.Property;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Parses a JSON schema, strictly: a keyword that is unknown, wrong, or beyond what a grammar can
 * express is refused with its JSON pointer. Three things are read as llama.cpp reads them, for the
 * sake of what their authors mean: without {@code type}, the keywords tell it; {@code properties}
 * without {@code additionalProperties} admit no others, and {@code prefixItems} without {@code
 * items} and {@code minItems} are a tuple. {@code oneOf} is {@code anyOf}.
 */
final class SchemaParser {
  /** The most schemas in one, those that are reached by references and merges counted again. */
  static final int MAX_SCHEMAS = 5_000;

  /** The deepest nesting, that of definitions by reference included. */
  static final int MAX_DEPTH = 200;

  /** The most values of an {@code enum}. */
  static final int MAX_VALUES = 1_000;

  /** The longest name of a property. */
  private static final int MAX_NAME_CHARS = 256;

  private static final List<String> TYPES =
      List.of("object", "array", "string", "integer", "number", "boolean", "null");

  private final SchemaSource source;
  private final SchemaMerger merger;
  private final Map<String, Schema> definitions = new LinkedHashMap<>();
  private final Set<String> underway = new HashSet<>();
  private int schemas;
  private int depth;

  private SchemaParser(SchemaSource source) {
    this.source = source;
    this.merger = new SchemaMerger(source);
  }

  /**
   * Parses a schema.
   *
   * @throws dev.flotilla.chat.ChatException {@link dev.flotilla.chat.ChatFailure#SCHEMA}
   */
  static Schema.Document parse(Map<String, ? extends @Nullable Object> schema) {
    SchemaParser parser = new SchemaParser(new SchemaSource(schema));
    Schema root = parser.parse(schema, "#");
    Schema.Document document = new Schema.Document(root, Map.copyOf(parser.definitions));
    parser.refuseEmptyCircles();
    return document;
  }

  private Schema parse(@Nullable Object schema, String at) {
    if (schema instanceof Boolean admitsAll) {
      return admitsAll ? new Schema.Any() : new Schema.Never();
    }
    if (!(schema instanceof Map<?, ?> keywords)) {
      throw wrong(at, "", "must be an object or a boolean");
    }
    if (++schemas > MAX_SCHEMAS) {
      throw wrong(at, "", "is one of more than " + MAX_SCHEMAS + " schemas");
    }
    if (++depth > MAX_DEPTH) {
      throw wrong(at, "", "is nested deeper than " + MAX_DEPTH);
    }
    Schema parsed = parse(keywords, at);
    depth--;
    return parsed;
  }

  private Schema parse(Map<?, ?> schema, String at) {
    Map<String, @Nullable Object> said = constraints(schema, at);
    if (said.remove("nullable") instanceof Boolean nullable && nullable) {
      return anyOf(List.of(parse(said, at), new Schema.Null()));
    }
    for (String combiner : List.of("$ref", "allOf", "anyOf", "oneOf")) {
      if (said.containsKey(combiner)) {
        Object value = said.remove(combiner);
        return switch (combiner) {
          case "$ref" -> reference(text("$ref", value, at), said, at);
          case "allOf" -> allOf(list("allOf", value, at), said, at);
          default -> branches(combiner, list(combiner, value, at), said, at);
        };
      }
    }
    if (said.containsKey("enum") || said.containsKey("const")) {
      return values(said, at);
    }
    List<Schema> options = new ArrayList<>();
    for (String type : types(said, at)) {
      options.add(ofType(type, said, at));
    }
    return options.isEmpty() ? new Schema.Any() : anyOf(options);
  }

  /** What a schema says, annotations left out, and nothing that isn't understood. */
  private static Map<String, @Nullable Object> constraints(Map<?, ?> schema, String at) {
    Map<String, @Nullable Object> said = new LinkedHashMap<>();
    for (var entry : schema.entrySet()) {
      String keyword = String.valueOf(entry.getKey());
      if (Keywords.isAnnotation(keyword)) {
        continue;
      }
      if (!Keywords.isSupported(keyword)) {
        throw wrong(at, keyword, "is not supported");
      }
      said.put(keyword, entry.getValue());
    }
    return said;
  }

  private Schema reference(String pointer, Map<String, @Nullable Object> siblings, String at) {
    if (!siblings.isEmpty()) {
      return parse(merger.merge(siblings, Map.of("$ref", pointer), at), at);
    }
    Object target = source.resolve(pointer, at);
    if (!definitions.containsKey(pointer) && underway.add(pointer)) {
      definitions.put(pointer, parse(target, pointer));
    }
    return new Schema.Ref(pointer);
  }

  private Schema allOf(List<?> members, Map<String, @Nullable Object> siblings, String at) {
    Object merged = siblings.isEmpty() ? (Object) true : siblings;
    if (members.size() == 1 && siblings.isEmpty()) {
      return parse(members.getFirst(), child(child(at, "allOf"), "0"));
    }
    for (int i = 0; i < members.size(); i++) {
      if (members.get(i) instanceof Map<?, ?> member) {
        constraints(member, child(child(at, "allOf"), Integer.toString(i)));
      }
      merged = merger.merge(merged, members.get(i), at);
    }
    return parse(merged, at);
  }

  private Schema branches(
      String keyword, List<?> branches, Map<String, @Nullable Object> siblings, String at) {
    if (branches.isEmpty()) {
      throw wrong(at, keyword, "must not be empty");
    }
    List<Schema> options = new ArrayList<>();
    for (int i = 0; i < branches.size(); i++) {
      String place = child(child(at, keyword), Integer.toString(i));
      Object branch = branches.get(i);
      options.add(
          parse(siblings.isEmpty() ? branch : merger.merge(siblings, branch, place), place));
    }
    return anyOf(options);
  }

  private static Schema anyOf(List<Schema> options) {
    List<Schema> possible =
        options.stream().filter(option -> !option.isNever()).distinct().toList();
    return switch (possible.size()) {
      case 0 -> new Schema.Never();
      case 1 -> possible.getFirst();
      default -> new Schema.AnyOf(possible);
    };
  }

  private static Schema values(Map<String, @Nullable Object> said, String at) {
    for (String keyword : said.keySet()) {
      if (Keywords.isOfOneType(keyword)) {
        throw wrong(at, keyword, "is not supported beside enum or const");
      }
    }
    Set<String> json = new LinkedHashSet<>();
    List<String> types = said.containsKey("type") ? types(said, at) : TYPES;
    if (said.containsKey("enum")) {
      List<?> values = list("enum", said.get("enum"), at);
      if (values.size() > MAX_VALUES) {
        throw wrong(at, "enum", "has more than " + MAX_VALUES + " values");
      }
      for (Object value : values) {
        addValue(json, value, types);
      }
    }
    if (said.containsKey("const")) {
      Set<String> only = new LinkedHashSet<>();
      addValue(only, said.get("const"), types);
      if (said.containsKey("enum")) {
        json.retainAll(only);
      } else {
        json.addAll(only);
      }
    }
    return json.isEmpty() ? new Schema.Never() : new Schema.Values(List.copyOf(json));
  }

  private static void addValue(Set<String> json, @Nullable Object value, List<String> types) {
    boolean fits =
        switch (value) {
          case null -> types.contains("null");
          case Boolean _ -> types.contains("boolean");
          case String _ -> types.contains("string");
          case List<?> _ -> types.contains("array");
          case Number number ->
              types.contains("number") || (types.contains("integer") && isWhole(number));
          default -> types.contains("object");
        };
    if (fits) {
      json.add(JsonStrings.json(value));
    }
  }

  /** The types that are named; where none is, those that the keywords are of; else none. */
  private static List<String> types(Map<String, @Nullable Object> said, String at) {
    Object named = said.get("type");
    if (named == null) {
      return inferred(said);
    }
    List<?> names = named instanceof List<?> list ? list : List.of(named);
    Set<String> types = new LinkedHashSet<>();
    for (Object name : names) {
      if (!(name instanceof String type) || !TYPES.contains(type)) {
        throw wrong(at, "type", "must be one of " + String.join(", ", TYPES));
      }
      types.add(type);
    }
    if (types.isEmpty()) {
      throw wrong(at, "type", "must not be empty");
    }
    if (types.contains("number")) {
      types.remove("integer");
    }
    return List.copyOf(types);
  }

  private static List<String> inferred(Map<String, @Nullable Object> said) {
    List<String> types = new ArrayList<>();
    for (String keyword : said.keySet()) {
      String type =
          Keywords.OBJECT.contains(keyword)
              ? "object"
              : Keywords.ARRAY.contains(keyword)
                  ? "array"
                  : Keywords.STRING.contains(keyword) ? "string" : "number";
      if (!types.contains(type)) {
        types.add(type);
      }
    }
    return types;
  }

  private Schema ofType(String type, Map<String, @Nullable Object> said, String at) {
    return switch (type) {
      case "object" -> object(said, at);
      case "array" -> array(said, at);
      case "string" -> ScalarSchemas.string(said, at);
      case "integer" -> ScalarSchemas.integers(said, at);
      case "number" -> ScalarSchemas.numbers(said, at);
      case "boolean" -> new Schema.Bool();
      default -> new Schema.Null();
    };
  }

  private Schema object(Map<String, @Nullable Object> said, String at) {
    Map<?, ?> named =
        said.get("properties") == null ? Map.of() : map("properties", said.get("properties"), at);
    Set<String> required = new LinkedHashSet<>();
    for (Object name :
        said.get("required") == null ? List.of() : list("required", said.get("required"), at)) {
      required.add(text("required", name, at));
    }
    if (named.keySet().stream().anyMatch(name -> String.valueOf(name).length() > MAX_NAME_CHARS)
        || required.stream().anyMatch(name -> name.length() > MAX_NAME_CHARS)) {
      throw wrong(at, "properties", "has a name longer than " + MAX_NAME_CHARS + " characters");
    }
    boolean open = named.isEmpty() && !said.containsKey("properties");
    Schema additional =
        said.containsKey("additionalProperties")
            ? parse(said.get("additionalProperties"), child(at, "additionalProperties"))
            : open ? new Schema.Any() : new Schema.Never();
    List<Property> properties = new ArrayList<>();
    for (var entry : named.entrySet()) {
      String name = String.valueOf(entry.getKey());
      Schema schema = parse(entry.getValue(), child(child(at, "properties"), name));
      boolean must = required.remove(name);
      if (!schema.isNever()) {
        properties.add(new Property(name, schema, must));
      } else if (must) {
        return schema;
      }
    }
    for (String name : required) {
      if (additional.isNever()) {
        throw wrong(
            at, "required", "names '" + SchemaSource.shown(name) + "', which is no property");
      }
      properties.add(new Property(name, additional, true));
    }
    return new Schema.ObjectOf(List.copyOf(properties), additional);
  }

  private Schema array(Map<String, @Nullable Object> said, String at) {
    if (Boolean.TRUE.equals(said.get("uniqueItems"))) {
      throw wrong(at, "uniqueItems", "is not supported");
    }
    Object items = said.get("items");
    // Draft 7 spells prefixItems and items as items and additionalItems.
    boolean old = items instanceof List<?>;
    Object first = old ? items : said.get("prefixItems");
    String firstKeyword = old ? "items" : "prefixItems";
    Object others = old ? said.get("additionalItems") : items;
    List<Schema> prefix = new ArrayList<>();
    for (Object each : first == null ? List.of() : list(firstKeyword, first, at)) {
      String place = child(child(at, firstKeyword), Integer.toString(prefix.size()));
      prefix.add(parse(each, place));
    }
    Schema rest =
        others != null
            ? parse(others, child(at, old ? "additionalItems" : "items"))
            : prefix.isEmpty() ? new Schema.Any() : new Schema.Never();
    int least = count("minItems", said, prefix.size(), at);
    int most = count("maxItems", said, Gbnf.UNBOUNDED, at);
    least = said.containsKey("minItems") ? least : Math.min(least, most);
    List<Schema> possible = prefix.stream().takeWhile(each -> !each.isNever()).toList();
    if (possible.size() < prefix.size() || rest.isNever()) {
      most = Math.min(most, possible.size());
    }
    return least > most ? new Schema.Never() : new Schema.ArrayOf(possible, rest, least, most);
  }

  /** A definition that is nothing but itself has no values, and no grammar. */
  private void refuseEmptyCircles() {
    for (String pointer : definitions.keySet()) {
      if (leadsTo(pointer, new Schema.Ref(pointer), new HashSet<>(), true)) {
        throw wrong(pointer, "$ref", "refers to nothing but itself");
      }
    }
  }

  private boolean leadsTo(String goal, @Nullable Schema schema, Set<String> seen, boolean first) {
    return switch (schema) {
      case Schema.Ref(String pointer) ->
          (!first && pointer.equals(goal))
              || (seen.add(pointer) && leadsTo(goal, definitions.get(pointer), seen, false));
      case Schema.AnyOf(List<Schema> options) ->
          options.stream().anyMatch(option -> leadsTo(goal, option, seen, false));
      case null, default -> false;
    };
  }
}
