package dev.flotilla.chat.tools;

import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Finds the ends of JSON values (RFC 8259) in a text that may not be complete. Positions are
 * indices; {@link #MORE} and {@link #BAD} take their place.
 */
final class JsonScanner {
  /** The text ends before the value does. */
  static final int MORE = -1;

  /** What is there is not JSON. */
  static final int BAD = -2;

  private static final int MAX_DEPTH = 100;

  private final CharSequence text;

  JsonScanner(CharSequence text) {
    this.text = text;
  }

  /**
   * The members of an object, each by where its value starts and ends.
   *
   * @param end behind the object, or {@link #MORE} or {@link #BAD} with the members before that
   */
  record Members(Map<String, Span> values, int end) {}

  record Span(int start, int end) {}

  /** The members of the object that starts at {@code at}. */
  Members members(int at) {
    Map<String, Span> values = new LinkedHashMap<>();
    return new Members(values, container(at, '{', '}', 0, values));
  }

  /** Where the value that starts at {@code at} ends. */
  int value(int at) {
    return value(at, 0);
  }

  private int value(int at, int depth) {
    if (at >= text.length()) {
      return MORE;
    }
    return switch (text.charAt(at)) {
      case '{' -> container(at, '{', '}', depth, null);
      case '[' -> container(at, '[', ']', depth, null);
      case '"' -> string(at);
      case 't' -> word(at, "true");
      case 'f' -> word(at, "false");
      case 'n' -> word(at, "null");
      default -> number(at);
    };
  }

  private int container(
      int start, char open, char close, int depth, @Nullable Map<String, Span> members) {
    if (start >= text.length()) {
      return MORE;
    }
    if (text.charAt(start) != open || depth == MAX_DEPTH) {
      return BAD;
    }
    int at = space(start + 1);
    if (at < text.length() && text.charAt(at) == close) {
      return at + 1;
    }
    while (true) {
      int from = at;
      int keyEnd = at;
      if (open == '{') {
        keyEnd = at < text.length() && text.charAt(at) != '"' ? BAD : string(at);
        int colon = keyEnd < 0 ? keyEnd : expect(space(keyEnd), ':');
        if (colon < 0) {
          return colon;
        }
        from = space(colon);
      }
      int end = value(from, depth + 1);
      if (end < 0) {
        return end;
      }
      if (members != null) {
        members.put(decoded(at, keyEnd), new Span(from, end));
      }
      at = space(end);
      if (at >= text.length()) {
        return MORE;
      }
      if (text.charAt(at) == close) {
        return at + 1;
      }
      int comma = expect(at, ',');
      if (comma < 0) {
        return comma;
      }
      at = space(comma);
    }
  }

  private int expect(int at, char c) {
    if (at >= text.length()) {
      return MORE;
    }
    return text.charAt(at) == c ? at + 1 : BAD;
  }

  /** Where white space ends. */
  int space(int from) {
    int at = from;
    while (at < text.length() && isSpace(text.charAt(at))) {
      at++;
    }
    return at;
  }

  static boolean isSpace(char c) {
    return c == ' ' || c == '\n' || c == '\t' || c == '\r';
  }

  private int string(int start) {
    int at = start + 1;
    while (at < text.length()) {
      char c = text.charAt(at);
      if (c == '"') {
        return at + 1;
      }
      if (c < 0x20) {
        return BAD;
      }
      if (c == '\\') {
        int end = escape(at + 1);
        if (end < 0) {
          return end;
        }
        at = end;
      } else {
        at++;
      }
    }
    return MORE;
  }

  private int escape(int at) {
    if (at >= text.length()) {
      return MORE;
    }
    if (text.charAt(at) != 'u') {
      return "\"\\/bfnrt".indexOf(text.charAt(at)) < 0 ? BAD : at + 1;
    }
    for (int i = 1; i <= 4; i++) {
      if (at + i >= text.length()) {
        return MORE;
      }
      if (Character.digit(text.charAt(at + i), 16) < 0 || text.charAt(at + i) > 'f') {
        return BAD;
      }
    }
    return at + 5;
  }

  private int word(int at, String word) {
    for (int i = 0; i < word.length(); i++) {
      if (at + i >= text.length()) {
        return MORE;
      }
      if (text.charAt(at + i) != word.charAt(i)) {
        return BAD;
      }
    }
    return at + word.length();
  }

  private int number(int start) {
    int at = start;
    while (at < text.length() && "+-.eE0123456789".indexOf(text.charAt(at)) >= 0) {
      at++;
    }
    if (at == text.length()) {
      return MORE;
    }
    boolean matches =
        text.subSequence(start, at)
            .toString()
            .matches("-?(0|[1-9][0-9]*)(\\.[0-9]+)?([eE][+-]?[0-9]+)?");
    return matches ? at : BAD;
  }

  /** The text of a string that is known to be whole. */
  String decoded(int start, int end) {
    StringBuilder out = new StringBuilder();
    for (int at = start + 1; at < end - 1; at++) {
      char c = text.charAt(at);
      if (c != '\\') {
        out.append(c);
        continue;
      }
      char name = text.charAt(++at);
      if (name == 'u') {
        out.append((char) Integer.parseInt(text, at + 1, at + 5, 16));
        at += 4;
      } else {
        int index = "bfnrt".indexOf(name);
        out.append(index < 0 ? name : "\b\f\n\r\t".charAt(index));
      }
    }
    return out.toString();
  }
}
