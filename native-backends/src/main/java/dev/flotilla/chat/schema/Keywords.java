package dev.flotilla.chat.schema;

import java.util.Set;

/** The keywords of JSON Schema, by what a grammar makes of them. */
final class Keywords {
  /** Say nothing about which values match. */
  private static final Set<String> ANNOTATIONS =
      Set.of(
          "title",
          "description",
          "default",
          "example",
          "examples",
          "deprecated",
          "readOnly",
          "writeOnly",
          "contentEncoding",
          "contentMediaType",
          "discriminator",
          "strict",
          "$schema",
          "$id",
          "id",
          "$anchor",
          "$comment",
          "$defs",
          "definitions");

  static final Set<String> OBJECT = Set.of("properties", "required", "additionalProperties");
  static final Set<String> ARRAY =
      Set.of("items", "prefixItems", "additionalItems", "minItems", "maxItems", "uniqueItems");
  static final Set<String> STRING = Set.of("minLength", "maxLength", "pattern", "format");
  static final Set<String> NUMBER =
      Set.of("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum");
  private static final Set<String> GENERAL =
      Set.of("$ref", "allOf", "anyOf", "oneOf", "type", "enum", "const", "nullable");

  private Keywords() {}

  /** Whether a keyword can be left out. */
  static boolean isAnnotation(String keyword) {
    return ANNOTATIONS.contains(keyword) || keyword.startsWith("x-");
  }

  /** Whether a keyword is one that {@link SchemaParser} reads. */
  static boolean isSupported(String keyword) {
    return GENERAL.contains(keyword) || isOfOneType(keyword);
  }

  /** Whether a keyword says something of values of one type only. */
  static boolean isOfOneType(String keyword) {
    return OBJECT.contains(keyword)
        || ARRAY.contains(keyword)
        || STRING.contains(keyword)
        || NUMBER.contains(keyword);
  }
}
