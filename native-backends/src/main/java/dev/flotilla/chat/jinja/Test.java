package dev.flotilla.chat.jinja;

import org.jspecify.annotations.Nullable;

/** The tests, with how many arguments they take; {@link Tests} is what they find out. */
enum Test {
  BOOLEAN(0),
  CALLABLE(0),
  DEFINED(0),
  DIVISIBLE_BY(1),
  EQUAL(1),
  ESCAPED(0),
  EVEN(0),
  FALSE(0),
  FILTER(0),
  FLOAT(0),
  GREATER_OR_EQUAL(1),
  GREATER(1),
  IN(1),
  INTEGER(0),
  ITERABLE(0),
  LESS_OR_EQUAL(1),
  LOWER(0),
  LESS(1),
  MAPPING(0),
  NOT_EQUAL(1),
  NONE(0),
  NUMBER(0),
  ODD(0),
  SAME_AS(1),
  SEQUENCE(0),
  STRING(0),
  TEST(0),
  TRUE(0),
  UNDEFINED(0),
  UPPER(0);

  private final int arguments;

  Test(int arguments) {
    this.arguments = arguments;
  }

  /** The test that templates call {@code name}, or null if there is none. */
  static @Nullable Test named(String name) {
    return switch (name) {
      case "boolean" -> BOOLEAN;
      case "callable" -> CALLABLE;
      case "defined" -> DEFINED;
      case "divisibleby" -> DIVISIBLE_BY;
      case "eq", "==", "equalto" -> EQUAL;
      case "escaped" -> ESCAPED;
      case "even" -> EVEN;
      case "false" -> FALSE;
      case "filter" -> FILTER;
      case "float" -> FLOAT;
      case "ge", ">=" -> GREATER_OR_EQUAL;
      case "gt", ">", "greaterthan" -> GREATER;
      case "in" -> IN;
      case "integer" -> INTEGER;
      case "iterable" -> ITERABLE;
      case "le", "<=" -> LESS_OR_EQUAL;
      case "lower" -> LOWER;
      case "lt", "<", "lessthan" -> LESS;
      case "mapping" -> MAPPING;
      case "ne", "!=" -> NOT_EQUAL;
      case "none" -> NONE;
      case "number" -> NUMBER;
      case "odd" -> ODD;
      case "sameas" -> SAME_AS;
      case "sequence" -> SEQUENCE;
      case "string" -> STRING;
      case "test" -> TEST;
      case "true" -> TRUE;
      case "undefined" -> UNDEFINED;
      case "upper" -> UPPER;
      default -> null;
    };
  }

  /** How many arguments it takes. */
  int arguments() {
    return arguments;
  }
}
