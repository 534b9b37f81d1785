package dev.flotilla.chat.jinja;

/** Characters as Python classifies, escapes and prints them. */
final class Chars {
  private static final String HEX = "0123456789abcdef";

  private Chars() {}

  /** {@code str.isspace}, which is also the {@code \s} of the reference's lexer. */
  static boolean isSpace(int c) {
    if (c <= ' ') {
      return c == ' ' || (c >= '\t' && c <= '\r') || (c >= 0x1c && c <= 0x1f);
    }
    return c >= 0x85
        && (c == 0x85
            || c == 0xa0
            || c == 0x1680
            || (c >= 0x2000 && c <= 0x200a)
            || c == 0x2028
            || c == 0x2029
            || c == 0x202f
            || c == 0x205f
            || c == 0x3000);
  }

  /** Whether {@code str.splitlines} breaks a line at {@code c}. */
  static boolean isLineBreak(int c) {
    return (c >= '\n' && c <= '\r')
        || (c >= 0x1c && c <= 0x1e)
        || c == 0x85
        || c == 0x2028
        || c == 0x2029;
  }

  static boolean isNamePart(int c) {
    if (c <= 0x7f) {
      return isNameStart(c) || (c >= '0' && c <= '9');
    }
    return Character.isLetterOrDigit(c)
        || (Character.isUnicodeIdentifierPart(c) && !Character.isIdentifierIgnorable(c));
  }

  static boolean isNameStart(int c) {
    return c <= 0x7f
        ? (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'
        : Character.isUnicodeIdentifierStart(c);
  }

  /** Whether {@code repr} shows {@code c} as it is. */
  static boolean isPrintable(int c) {
    if (c < 0x7f) {
      return c >= ' ';
    }
    return switch (Character.getType(c)) {
      case Character.CONTROL,
          Character.FORMAT,
          Character.SURROGATE,
          Character.PRIVATE_USE,
          Character.UNASSIGNED,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR,
          Character.SPACE_SEPARATOR ->
          false;
      default -> true;
    };
  }

  /** {@code repr} of a string. */
  static String quote(String text) {
    StringBuilder out = new StringBuilder(text.length() + 2);
    quote(text, false, out);
    return out.toString();
  }

  /** Appends {@code repr} of a string, or {@code ascii} of it. */
  static void quote(String text, boolean asciiOnly, StringBuilder out) {
    char quote = text.indexOf('\'') >= 0 && text.indexOf('"') < 0 ? '"' : '\'';
    out.append(quote);
    for (int i = 0; i < text.length(); ) {
      int c = text.codePointAt(i);
      i += Character.charCount(c);
      switch (c) {
        case '\n' -> out.append("\\n");
        case '\r' -> out.append("\\r");
        case '\t' -> out.append("\\t");
        case '\\' -> out.append("\\\\");
        default -> {
          if (c == quote) {
            out.append('\\').append(quote);
          } else if (isPrintable(c) && (c < 0x7f || !asciiOnly)) {
            out.appendCodePoint(c);
          } else if (c <= 0xff) {
            hex(c, 2, out.append("\\x"));
          } else if (c <= 0xffff) {
            hex(c, 4, out.append("\\u"));
          } else {
            hex(c, 8, out.append("\\U"));
          }
        }
      }
    }
    out.append(quote);
  }

  /** Appends {@code value} in {@code digits} hexadecimal digits. */
  static void hex(int value, int digits, StringBuilder out) {
    for (int shift = 4 * (digits - 1); shift >= 0; shift -= 4) {
      out.append(HEX.charAt((value >> shift) & 0xf));
    }
  }

  /**
   * The value of a string literal's inside, as Python's {@code unicode-escape} codec decodes it.
   */
  static String unescape(String text) {
    StringBuilder out = new StringBuilder(text.length());
    int at = 0;
    for (int slash = text.indexOf('\\'); slash >= 0; slash = text.indexOf('\\', at)) {
      out.append(text, at, slash);
      if (slash + 1 == text.length()) {
        throw syntax("\\ at end of string");
      }
      at = escape(text, slash + 1, out);
    }
    return out.append(text, at, text.length()).toString();
  }

  /** Appends what the escape whose letter is at {@code at} stands for; returns where it ends. */
  private static int escape(String text, int at, StringBuilder out) {
    char letter = text.charAt(at);
    switch (letter) {
      case '\n' -> {}
      case '\\', '\'', '"' -> out.append(letter);
      case 'a' -> out.append('\u0007');
      case 'b' -> out.append('\b');
      case 'f' -> out.append('\f');
      case 'n' -> out.append('\n');
      case 'r' -> out.append('\r');
      case 't' -> out.append('\t');
      case 'v' -> out.append('\u000b');
      case 'x' -> {
        return hexEscape(text, at + 1, 2, out);
      }
      case 'u' -> {
        return hexEscape(text, at + 1, 4, out);
      }
      case 'U' -> {
        return hexEscape(text, at + 1, 8, out);
      }
      case 'N' -> {
        return namedEscape(text, at + 1, out);
      }
      default -> {
        if (letter < '0' || letter > '7') {
          out.append('\\').append(letter);
          return at + 1;
        }
        return octalEscape(text, at, out);
      }
    }
    return at + 1;
  }

  private static int hexEscape(String text, int start, int digits, StringBuilder out) {
    int value = 0;
    for (int i = start; i < start + digits; i++) {
      int digit =
          i < text.length() && text.charAt(i) <= 'f' ? Character.digit(text.charAt(i), 16) : -1;
      if (digit < 0) {
        throw syntax("truncated \\" + text.charAt(start - 1) + " escape");
      }
      value = value << 4 | digit;
    }
    if (value < 0 || value > Character.MAX_CODE_POINT) {
      throw syntax("illegal Unicode character");
    }
    out.appendCodePoint(value);
    return start + digits;
  }

  private static int octalEscape(String text, int start, StringBuilder out) {
    int value = 0;
    int at = start;
    while (at < text.length()
        && at < start + 3
        && text.charAt(at) >= '0'
        && text.charAt(at) <= '7') {
      value = value * 8 + text.charAt(at++) - '0';
    }
    out.appendCodePoint(value);
    return at;
  }

  private static int namedEscape(String text, int start, StringBuilder out) {
    int end = text.startsWith("{", start) ? text.indexOf('}', start) : -1;
    if (end < 0) {
      throw syntax("malformed \\N character escape");
    }
    try {
      out.appendCodePoint(Character.codePointOf(text.substring(start + 1, end)));
    } catch (IllegalArgumentException unknown) {
      throw syntax("unknown Unicode character name");
    }
    return end + 1;
  }

  private static Failure syntax(String reason) {
    return new Failure(JinjaException.Kind.SYNTAX, reason);
  }
}
