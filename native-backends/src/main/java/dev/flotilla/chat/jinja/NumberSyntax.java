package dev.flotilla.chat.jinja;

/** Where number literals end: digits may be grouped by single underscores, as in Python. */
final class NumberSyntax {
  private NumberSyntax() {}

  /** The end of the float literal at {@code start}, or -1 if none is there. */
  static int floatEnd(String text, int start) {
    int end = digitsEnd(text, start);
    boolean isFloat = false;
    if (end < text.length() && text.charAt(end) == '.') {
      int fraction = digitsEnd(text, end + 1);
      if (fraction > end + 1) {
        isFloat = true;
        end = fraction;
      }
    }
    if (end < text.length() && (text.charAt(end) | 0x20) == 'e') {
      int digits = end + 1;
      if (digits < text.length() && "+-".indexOf(text.charAt(digits)) >= 0) {
        digits++;
      }
      int exponent = digitsEnd(text, digits);
      if (exponent > digits) {
        return exponent;
      }
    }
    return isFloat ? end : -1;
  }

  /** The end of the integer literal at {@code start}, which is a digit. */
  static int integerEnd(String text, int start) {
    if (text.charAt(start) != '0') {
      return groupedEnd(text, start, 10);
    }
    int prefixed = start + 2;
    int radix = start + 1 < text.length() ? radix(text.charAt(start + 1)) : 0;
    if (radix != 0) {
      int digits =
          prefixed < text.length() && text.charAt(prefixed) == '_' ? prefixed + 1 : prefixed;
      int end = groupedEnd(text, digits, radix);
      if (end > digits) {
        return end;
      }
    }
    return groupedEnd(text, start, 1);
  }

  /** 2, 8 or 16 for the letter of a prefix {@code 0b}, {@code 0o}, {@code 0x}; 0 for any other. */
  static int radix(char letter) {
    return switch (letter) {
      case 'b', 'B' -> 2;
      case 'o', 'O' -> 8;
      case 'x', 'X' -> 16;
      default -> 0;
    };
  }

  private static int digitsEnd(String text, int start) {
    return groupedEnd(text, start, 10);
  }

  private static int groupedEnd(String text, int start, int radix) {
    int end = start;
    while (isDigit(text, end, radix)
        || (end > start
            && end < text.length()
            && text.charAt(end) == '_'
            && isDigit(text, end + 1, radix))) {
      end++;
    }
    return end;
  }

  private static boolean isDigit(String text, int index, int radix) {
    if (index >= text.length() || text.charAt(index) > 'f') {
      return false;
    }
    return radix == 1 ? text.charAt(index) == '0' : Character.digit(text.charAt(index), radix) >= 0;
  }
}
