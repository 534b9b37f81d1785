package dev.flotilla.node.api;

import java.nio.charset.StandardCharsets;

/**
 * Writes text as the inside of a JSON string (RFC 8259, section 7), straight to UTF-8: the one step
 * of the per-token path that looks at every character. Half a surrogate pair becomes U+FFFD.
 */
final class JsonText {
  private static final byte[] HEX = "0123456789ABCDEF".getBytes(StandardCharsets.US_ASCII);

  private JsonText() {}

  /** Bytes that suffice for any text of that many chars: a control character takes six. */
  static int mostBytes(int chars) {
    return Math.multiplyExact(6, chars);
  }

  /**
   * Writes {@code text}, escaped and without quotes.
   *
   * @param out has at least {@link #mostBytes} bytes from {@code at}
   * @return the index after the last byte written
   */
  static int escape(String text, byte[] out, int at) {
    int length = text.length();
    int end = at;
    int i = 0;
    while (i < length) {
      char c = text.charAt(i++);
      if (c < 0x80) {
        end = ascii(c, out, end);
      } else if (c < 0x800) {
        out[end++] = (byte) (0xC0 | (c >> 6));
        out[end++] = (byte) (0x80 | (c & 0x3F));
      } else if (Character.isHighSurrogate(c)
          && i < length
          && Character.isLowSurrogate(text.charAt(i))) {
        end = supplementary(Character.toCodePoint(c, text.charAt(i++)), out, end);
      } else {
        end = threeBytes(Character.isSurrogate(c) ? '\uFFFD' : c, out, end);
      }
    }
    return end;
  }

  private static int ascii(char c, byte[] out, int at) {
    if (c >= 0x20 && c != '"' && c != '\\') {
      out[at] = (byte) c;
      return at + 1;
    }
    out[at] = '\\';
    byte shortForm =
        switch (c) {
          case '"' -> '"';
          case '\\' -> '\\';
          case '\b' -> 'b';
          case '\f' -> 'f';
          case '\n' -> 'n';
          case '\r' -> 'r';
          case '\t' -> 't';
          default -> 0;
        };
    if (shortForm != 0) {
      out[at + 1] = shortForm;
      return at + 2;
    }
    out[at + 1] = 'u';
    out[at + 2] = '0';
    out[at + 3] = '0';
    out[at + 4] = HEX[c >> 4];
    out[at + 5] = HEX[c & 0xF];
    return at + 6;
  }

  private static int threeBytes(char c, byte[] out, int at) {
    out[at] = (byte) (0xE0 | (c >> 12));
    out[at + 1] = (byte) (0x80 | ((c >> 6) & 0x3F));
    out[at + 2] = (byte) (0x80 | (c & 0x3F));
    return at + 3;
  }

  private static int supplementary(int codePoint, byte[] out, int at) {
    out[at] = (byte) (0xF0 | (codePoint >> 18));
    out[at + 1] = (byte) (0x80 | ((codePoint >> 12) & 0x3F));
    out[at + 2] = (byte) (0x80 | ((codePoint >> 6) & 0x3F));
    out[at + 3] = (byte) (0x80 | (codePoint & 0x3F));
    return at + 4;
  }
}
