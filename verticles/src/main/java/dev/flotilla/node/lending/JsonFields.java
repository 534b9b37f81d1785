package dev.flotilla.node.lending;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;

/** Fields of another node's JSON, which may be hostile: a wrong one is named, never a crash. */
public record JsonFields(JsonObject json) {

  /** A text of at most so many characters. */
  public String text(String name, int maxChars) {
    if (json.getValue(name) instanceof String text && text.length() <= maxChars) {
      return text;
    }
    throw new IllegalArgumentException(
        "%s is no text of at most %d characters".formatted(name, maxChars));
  }

  /** The same of one line, as may be shown in a terminal. */
  public String line(String name, int maxChars) {
    return line(name, text(name, maxChars));
  }

  /** A list of at most so many such lines. */
  public List<String> lines(String name, int most, int maxChars) {
    List<String> lines = new ArrayList<>();
    for (Object value : list(name, most)) {
      if (!(value instanceof String line) || line.length() > maxChars) {
        throw new IllegalArgumentException(
            "%s has a value that is no text of at most %d characters".formatted(name, maxChars));
      }
      lines.add(line(name, line));
    }
    return lines;
  }

  private static String line(String name, String text) {
    if (text.chars().anyMatch(Character::isISOControl)) {
      throw new IllegalArgumentException(name + " has control characters");
    }
    return text;
  }

  /** A whole number within bounds. */
  public long whole(String name, long least, long most) {
    Object value = json.getValue(name);
    if (value instanceof Integer || value instanceof Long) {
      long number = ((Number) value).longValue();
      if (number >= least && number <= most) {
        return number;
      }
    }
    throw new IllegalArgumentException(
        "%s is no whole number from %d to %d".formatted(name, least, most));
  }

  /** The same as an int. */
  public int count(String name, int least, int most) {
    return (int) whole(name, least, most);
  }

  /** True or false. */
  public boolean flag(String name) {
    if (json.getValue(name) instanceof Boolean flag) {
      return flag;
    }
    throw new IllegalArgumentException(name + " is neither true nor false");
  }

  /** One of an enum's names. */
  public <E extends Enum<E>> E choice(String name, Class<E> type) {
    String text = text(name, 32);
    for (E constant : type.getEnumConstants()) {
      if (constant.name().equals(text)) {
        return constant;
      }
    }
    throw new IllegalArgumentException("%s has no value '%s'".formatted(name, text));
  }

  /** The fields of an object. */
  public JsonFields object(String name) {
    if (json.getValue(name) instanceof JsonObject object) {
      return new JsonFields(object);
    }
    throw new IllegalArgumentException(name + " is no object");
  }

  /** A list of at most so many values. */
  public JsonArray list(String name, int most) {
    if (json.getValue(name) instanceof JsonArray list && list.size() <= most) {
      return list;
    }
    throw new IllegalArgumentException("%s is no list of at most %d".formatted(name, most));
  }

  /** A number within bounds. */
  public double number(String name, double least, double most) {
    if (json.getValue(name) instanceof Number value) {
      double number = value.doubleValue();
      if (number >= least && number <= most) {
        return number;
      }
    }
    throw new IllegalArgumentException(
        "%s is no number from %s to %s".formatted(name, least, most));
  }

  /** The objects of a list. */
  public static List<JsonFields> each(JsonArray list) {
    List<JsonFields> each = new ArrayList<>();
    for (Object value : list) {
      if (!(value instanceof JsonObject object)) {
        throw new IllegalArgumentException("a list has a value that is no object");
      }
      each.add(new JsonFields(object));
    }
    return each;
  }
}
