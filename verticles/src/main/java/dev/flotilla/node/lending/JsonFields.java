package dev.flotilla.node.lending;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;

/** Fields of another node's JSON, which may be hostile: a wrong one is named, never a crash. */
record JsonFields(JsonObject json) {

  String text(String name, int maxChars) {
    if (json.getValue(name) instanceof String text && text.length() <= maxChars) {
      return text;
    }
    throw new IllegalArgumentException(
        "%s is no text of at most %d characters".formatted(name, maxChars));
  }

  long whole(String name, long least, long most) {
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

  int count(String name, int least, int most) {
    return (int) whole(name, least, most);
  }

  boolean flag(String name) {
    if (json.getValue(name) instanceof Boolean flag) {
      return flag;
    }
    throw new IllegalArgumentException(name + " is neither true nor false");
  }

  <E extends Enum<E>> E choice(String name, Class<E> type) {
    String text = text(name, 32);
    for (E constant : type.getEnumConstants()) {
      if (constant.name().equals(text)) {
        return constant;
      }
    }
    throw new IllegalArgumentException("%s has no value '%s'".formatted(name, text));
  }

  JsonArray list(String name, int most) {
    if (json.getValue(name) instanceof JsonArray list && list.size() <= most) {
      return list;
    }
    throw new IllegalArgumentException("%s is no list of at most %d".formatted(name, most));
  }
}
