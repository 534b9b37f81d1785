package dev.flotilla.chat.schema;

import dev.flotilla.chat.ChatException;
import dev.flotilla.chat.ChatFailure;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The JSON that a schema is parsed from, and the references into it. */
final class SchemaSource {
  private final Map<String, ? extends @Nullable Object> root;

  SchemaSource(Map<String, ? extends @Nullable Object> root) {
    this.root = root;
  }

  Map<String, ? extends @Nullable Object> root() {
    return root;
  }

  /**
   * What a {@code $ref} points to: a JSON pointer (RFC 6901) as a URI fragment.
   *
   * @param at where the reference stands
   */
  @Nullable Object resolve(String reference, String at) {
    if (!reference.equals("#") && !reference.startsWith("#/")) {
      throw wrong(at, "$ref", "must point into the same schema, as in \"#/$defs/name\"");
    }
    @Nullable Object value = root;
    for (String token : tokens(reference, at)) {
      value = member(value, token);
      if (value == null) {
        throw wrong(at, "$ref", "points to \"" + shown(reference) + "\", which is not there");
      }
    }
    return value;
  }

  private static List<String> tokens(String reference, String at) {
    try {
      String pointer = URLDecoder.decode(reference.replace("+", "%2B"), StandardCharsets.UTF_8);
      return pointer.length() <= 1
          ? List.of()
          : List.of(pointer.substring(2).split("/", -1)).stream()
              .map(token -> token.replace("~1", "/").replace("~0", "~"))
              .toList();
    } catch (IllegalArgumentException e) {
      throw wrong(at, "$ref", "is not a JSON pointer");
    }
  }

  private static @Nullable Object member(@Nullable Object value, String token) {
    if (value instanceof Map<?, ?> map) {
      return map.get(token);
    }
    if (value instanceof List<?> list && token.matches("[0-9]{1,6}")) {
      int index = Integer.parseInt(token);
      return index < list.size() ? list.get(index) : null;
    }
    return null;
  }

  /** The pointer of a member of what {@code at} points to. */
  static String child(String at, String member) {
    return at + "/" + member.replace("~", "~0").replace("/", "~1");
  }

  /** A refusal that names where and what. */
  static ChatException wrong(String at, String keyword, String problem) {
    return new ChatException(
        ChatFailure.SCHEMA, "schema " + shown(child(at, keyword)) + " " + problem);
  }

  /** A client's text, short enough for a message. */
  static String shown(String text) {
    return text.length() <= 200 ? text : text.substring(0, 200) + "…";
  }
}
