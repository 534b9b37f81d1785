package dev.flotilla.node.api;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Reads the fields of one JSON object strictly: a wrong type or range is a 400 that names the field
 * by its path; null counts as absent; fields nobody asks for are ignored, as OpenAI's clients send
 * many.
 */
final class Fields {
  private final String prefix;
  private final Map<String, Object> object;

  private Fields(String prefix, Map<String, Object> object) {
    this.prefix = prefix;
    this.object = object;
  }

  /** The fields of a request body. */
  static Fields of(Map<String, Object> object) {
    return new Fields("", object);
  }

  /** The object that {@code value} must be, known to the client as {@code path}. */
  static Fields of(String path, @Nullable Object value) {
    return new Fields(path + ".", map(path, value));
  }

  /** The path of a field of this object, {@code messages[0].content} say. */
  String path(String name) {
    return prefix + name;
  }

  /** The object itself. */
  Map<String, Object> asMap() {
    return object;
  }

  /** The value as parsed, null where absent. */
  @Nullable Object raw(String name) {
    return object.get(name);
  }

  boolean has(String name) {
    return raw(name) != null;
  }

  Optional<String> text(String name) {
    Object value = raw(name);
    return value == null ? Optional.empty() : Optional.of(text(path(name), value));
  }

  String requiredText(String name) {
    return text(name).orElseThrow(() -> missing(name));
  }

  boolean flag(String name, boolean absent) {
    return switch (raw(name)) {
      case null -> absent;
      case Boolean flag -> flag;
      case Object other -> throw wrongType(path(name), "a boolean", other);
    };
  }

  /** A number that a float can hold; its meaning is for the caller to bound. */
  float number(String name, float absent) {
    Object value = raw(name);
    return value == null ? absent : number(path(name), value);
  }

  int integer(String name, int absent, int least, int most) {
    Object value = raw(name);
    return value == null ? absent : integer(path(name), value, least, most);
  }

  long longInteger(String name, long absent) {
    Object value = raw(name);
    return value == null ? absent : integral(path(name), value, Long.MIN_VALUE, Long.MAX_VALUE);
  }

  Optional<Fields> object(String name) {
    Object value = raw(name);
    return value == null ? Optional.empty() : Optional.of(of(path(name), value));
  }

  /** The elements of an array, empty where it is absent. */
  List<Object> list(String name) {
    Object value = raw(name);
    return value == null ? List.of() : list(path(name), value);
  }

  /** The objects of an array, empty where it is absent. */
  List<Fields> objects(String name) {
    List<Object> elements = list(name);
    List<Fields> objects = new ArrayList<>(elements.size());
    for (int i = 0; i < elements.size(); i++) {
      objects.add(of(path(name) + "[" + i + "]", elements.get(i)));
    }
    return objects;
  }

  ApiException missing(String name) {
    return ApiException.invalid(path(name), "'" + path(name) + "' is required.");
  }

  ApiException invalid(String name, String message) {
    return ApiException.invalid(path(name), message);
  }

  static String text(String path, @Nullable Object value) {
    if (value instanceof String text) {
      return text;
    }
    throw wrongType(path, "a string", value);
  }

  static float number(String path, @Nullable Object value) {
    if (!(value instanceof Number number)) {
      throw wrongType(path, "a number", value);
    }
    float narrowed = number.floatValue();
    if (!Float.isFinite(narrowed)) {
      throw ApiException.invalid(path, "'" + path + "' is too large.");
    }
    return narrowed;
  }

  static int integer(String path, @Nullable Object value, int least, int most) {
    return (int) integral(path, value, least, most);
  }

  /** JSON has one kind of number: 5.0 is the integer 5. */
  private static long integral(String path, @Nullable Object value, long least, long most) {
    long integer =
        switch (value) {
          case Integer number -> number;
          case Long number -> number;
          case BigInteger number -> number.signum() < 0 ? Long.MIN_VALUE : Long.MAX_VALUE;
          case Double number when number == Math.rint(number) -> number.longValue();
          case null, default -> throw wrongType(path, "an integer", value);
        };
    boolean overflows = value instanceof BigInteger || (value instanceof Double d && d != integer);
    if (overflows || integer < least || integer > most) {
      throw ApiException.invalid(
          path,
          "'" + path + "' must be between " + least + " and " + most + ", not " + value + ".");
    }
    return integer;
  }

  @SuppressWarnings("unchecked") // Json makes lists of nothing else.
  static List<Object> list(String path, @Nullable Object value) {
    if (value instanceof List<?> list) {
      return (List<Object>) list;
    }
    throw wrongType(path, "an array", value);
  }

  @SuppressWarnings("unchecked") // Json makes maps of nothing else.
  private static Map<String, Object> map(String path, @Nullable Object value) {
    if (value instanceof Map<?, ?> map) {
      return (Map<String, Object>) map;
    }
    throw wrongType(path, "an object", value);
  }

  static ApiException wrongType(String path, String expected, @Nullable Object value) {
    return ApiException.invalid(
        path, "'" + path + "' must be " + expected + ", not " + nameOf(value) + ".");
  }

  private static String nameOf(@Nullable Object value) {
    return switch (value) {
      case null -> "null";
      case Boolean flag -> "a boolean";
      case Number number -> "a number";
      case String text -> "a string";
      case List<?> list -> "an array";
      default -> "an object";
    };
  }
}
