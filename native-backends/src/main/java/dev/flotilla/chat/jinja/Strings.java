package dev.flotilla.chat.jinja;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Python's string algorithms on Java strings. */
final class Strings {
  private Strings() {}

  /** Strips characters of {@code set}, or white space if it is null. */
  static String strip(String text, @Nullable String set, boolean left, boolean right) {
    int start = 0;
    int end = text.length();
    while (left && start < end && isIn(set, text.codePointAt(start))) {
      start += Character.charCount(text.codePointAt(start));
    }
    while (right && end > start && isIn(set, text.codePointBefore(end))) {
      end -= Character.charCount(text.codePointBefore(end));
    }
    return text.substring(start, end);
  }

  private static boolean isIn(@Nullable String set, int c) {
    return set == null ? Chars.isSpace(c) : set.indexOf(c) >= 0;
  }

  /** Splits at {@code separator} at most {@code most} times; negative for no bound. */
  static List<String> split(String text, String separator, int most, boolean fromRight) {
    List<String> parts = new ArrayList<>();
    if (!fromRight) {
      int start = 0;
      for (int i = text.indexOf(separator); i >= 0 && parts.size() != most; ) {
        parts.add(text.substring(start, i));
        start = i + separator.length();
        i = text.indexOf(separator, start);
      }
      parts.add(text.substring(start));
      return parts;
    }
    int end = text.length();
    for (int i = lastIndex(text, separator, end); i >= 0 && parts.size() != most; ) {
      parts.add(text.substring(i + separator.length(), end));
      end = i;
      i = lastIndex(text, separator, end);
    }
    parts.add(text.substring(0, end));
    Collections.reverse(parts);
    return parts;
  }

  /** The last occurrence that ends at or before {@code end}. */
  private static int lastIndex(String text, String part, int end) {
    return end < part.length() ? -1 : text.lastIndexOf(part, end - part.length());
  }

  /**
   * Splits at runs of white space, which are stripped from both ends; what is left after {@code
   * most} splits keeps the white space at its far end.
   */
  static List<String> splitSpace(String text, int most, boolean fromRight) {
    List<String> parts = new ArrayList<>();
    int start = skipSpace(text, 0, text.length());
    int end = fromRight ? skipSpaceBack(text, start, text.length()) : text.length();
    while (start < end && parts.size() != most) {
      if (fromRight) {
        int word = end;
        while (word > start && !Chars.isSpace(text.charAt(word - 1))) {
          word--;
        }
        parts.add(text.substring(word, end));
        end = skipSpaceBack(text, start, word);
      } else {
        int word = start;
        while (word < end && !Chars.isSpace(text.charAt(word))) {
          word++;
        }
        parts.add(text.substring(start, word));
        start = skipSpace(text, word, end);
      }
    }
    if (start < end) {
      parts.add(text.substring(fromRight ? 0 : start, end));
    }
    if (fromRight) {
      Collections.reverse(parts);
    }
    return parts;
  }

  private static int skipSpace(String text, int start, int end) {
    int at = start;
    while (at < end && Chars.isSpace(text.charAt(at))) {
      at++;
    }
    return at;
  }

  private static int skipSpaceBack(String text, int start, int end) {
    int at = end;
    while (at > start && Chars.isSpace(text.charAt(at - 1))) {
      at--;
    }
    return at;
  }

  /** {@code str.splitlines}. */
  static List<String> lines(String text, boolean keepsEnds) {
    List<String> lines = new ArrayList<>();
    int start = 0;
    for (int i = 0; i < text.length(); i++) {
      if (!Chars.isLineBreak(text.charAt(i))) {
        continue;
      }
      int end = text.charAt(i) == '\r' && text.startsWith("\n", i + 1) ? i + 2 : i + 1;
      lines.add(text.substring(start, keepsEnds ? end : i));
      start = end;
      i = end - 1;
    }
    if (start < text.length()) {
      lines.add(text.substring(start));
    }
    return lines;
  }

  /** Replaces at most {@code most} occurrences; all if negative. */
  static String replace(String text, String old, String replacement, int most, Budget budget) {
    if (most == 0 || (old.isEmpty() ? false : text.indexOf(old) < 0)) {
      return text;
    }
    Text out = new Text(budget);
    int start = 0;
    int done = 0;
    if (old.isEmpty()) {
      for (int i = 0; i <= text.length() && done != most; done++) {
        out.append(replacement);
        int next = i < text.length() ? i + Character.charCount(text.codePointAt(i)) : i + 1;
        out.append(text.substring(i, Math.min(next, text.length())));
        start = Math.min(next, text.length());
        i = next;
      }
      return out.append(text.substring(start)).toString();
    }
    for (int i = text.indexOf(old); i >= 0 && done != most; i = text.indexOf(old, start)) {
      out.append(text.substring(start, i)).append(replacement);
      start = i + old.length();
      done++;
    }
    return out.append(text.substring(start)).toString();
  }

  static String capitalize(String text) {
    if (text.isEmpty()) {
      return text;
    }
    int first = Character.charCount(text.codePointAt(0));
    return titleCase(text.substring(0, first)) + text.substring(first).toLowerCase(Locale.ROOT);
  }

  /** One character's title case, by full case mapping where that is longer. */
  private static String titleCase(String character) {
    int c = character.codePointAt(0);
    int title = Character.toTitleCase(c);
    if (title != c || Character.isTitleCase(c)) {
      return Character.toString(title);
    }
    String upper = character.toUpperCase(Locale.ROOT);
    return upper.length() > character.length() && Character.isLowerCase(c)
        ? upper.charAt(0) + upper.substring(1).toLowerCase(Locale.ROOT)
        : upper;
  }

  /** {@code str.title}: each run of cased letters is a word. */
  static String title(String text) {
    StringBuilder out = new StringBuilder(text.length());
    boolean isInWord = false;
    for (int i = 0; i < text.length(); ) {
      int c = text.codePointAt(i);
      String character = Character.toString(c);
      out.append(isInWord ? character.toLowerCase(Locale.ROOT) : titleCase(character));
      isInWord = isCased(c);
      i += character.length();
    }
    return out.toString();
  }

  static String swapCase(String text) {
    StringBuilder out = new StringBuilder(text.length());
    for (int i = 0; i < text.length(); ) {
      int c = text.codePointAt(i);
      String character = Character.toString(c);
      out.append(
          Character.isUpperCase(c)
              ? character.toLowerCase(Locale.ROOT)
              : character.toUpperCase(Locale.ROOT));
      i += character.length();
    }
    return out.toString();
  }

  private static boolean isCased(int c) {
    return Character.isUpperCase(c) || Character.isLowerCase(c) || Character.isTitleCase(c);
  }

  /** {@code text.isalpha()} and the like. */
  static boolean is(String text, String predicate) {
    return switch (predicate) {
      case "isascii" -> text.codePoints().allMatch(c -> c < 0x80);
      case "isprintable" -> text.codePoints().allMatch(Chars::isPrintable);
      case "isupper" -> isCase(text, true);
      case "islower" -> isCase(text, false);
      case "istitle" -> isTitle(text);
      case "isidentifier" ->
          !text.isEmpty()
              && Chars.isNameStart(text.codePointAt(0))
              && text.codePoints().allMatch(Chars::isNamePart);
      case "isalpha" -> all(text, Strings::isAlpha);
      case "isdecimal" -> all(text, Character::isDigit);
      case "isdigit" -> all(text, Strings::isDigit);
      case "isnumeric" -> all(text, Strings::isNumeric);
      case "isalnum" -> all(text, c -> isAlpha(c) || isNumeric(c));
      case "isspace" -> all(text, Chars::isSpace);
      default -> throw Failure.type("'str' object has no method " + Chars.quote(predicate));
    };
  }

  private static boolean all(String text, java.util.function.IntPredicate predicate) {
    return !text.isEmpty() && text.codePoints().allMatch(predicate);
  }

  private static boolean isAlpha(int c) {
    return switch (Character.getType(c)) {
      case Character.UPPERCASE_LETTER,
          Character.LOWERCASE_LETTER,
          Character.TITLECASE_LETTER,
          Character.MODIFIER_LETTER,
          Character.OTHER_LETTER ->
          true;
      default -> false;
    };
  }

  private static boolean isDigit(int c) {
    return Character.isDigit(c)
        || c == 0xb2
        || c == 0xb3
        || c == 0xb9
        || c == 0x2070
        || (c >= 0x2074 && c <= 0x2079)
        || (c >= 0x2080 && c <= 0x2089)
        || (c >= 0x2460 && c <= 0x2468);
  }

  private static boolean isNumeric(int c) {
    int type = Character.getType(c);
    return type == Character.DECIMAL_DIGIT_NUMBER
        || type == Character.LETTER_NUMBER
        || type == Character.OTHER_NUMBER;
  }

  private static boolean isCase(String text, boolean isUpper) {
    boolean hasCased = false;
    for (int i = 0; i < text.length(); ) {
      int c = text.codePointAt(i);
      boolean isWrong = isUpper ? Character.isLowerCase(c) : Character.isUpperCase(c);
      if (isWrong || Character.isTitleCase(c)) {
        return false;
      }
      hasCased |= isCased(c);
      i += Character.charCount(c);
    }
    return hasCased;
  }

  private static boolean isTitle(String text) {
    boolean hasCased = false;
    boolean isInWord = false;
    for (int i = 0; i < text.length(); ) {
      int c = text.codePointAt(i);
      boolean isCapital = Character.isUpperCase(c) || Character.isTitleCase(c);
      if (isCapital ? isInWord : Character.isLowerCase(c) && !isInWord) {
        return false;
      }
      isInWord = isCased(c);
      hasCased |= isInWord;
      i += Character.charCount(c);
    }
    return hasCased;
  }

  static String expandTabs(String text, int tabSize, Budget budget) {
    Text out = new Text(budget);
    int column = 0;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '\t') {
        int spaces = tabSize <= 0 ? 0 : tabSize - column % tabSize;
        budget.characters(spaces);
        out.append(" ".repeat(spaces));
        column += spaces;
      } else {
        out.append(c);
        column = c == '\n' || c == '\r' ? 0 : Character.isLowSurrogate(c) ? column : column + 1;
      }
    }
    return out.toString();
  }

  /** How much of {@code padding} Python's {@code center} puts on the left. */
  static int centerLeft(int padding, int width) {
    return padding / 2 + (padding & width & 1);
  }

  /** {@code Markup.striptags}. */
  static String stripTags(String text) {
    StringBuilder out = new StringBuilder(text);
    remove(out, "<!--", "-->");
    remove(out, "<", ">");
    String joined = String.join(" ", splitSpace(out.toString(), -1, false));
    return unescapeHtml(joined);
  }

  private static void remove(StringBuilder text, String open, String close) {
    for (int start = text.indexOf(open); start >= 0; start = text.indexOf(open, start)) {
      int end = text.indexOf(close, start);
      if (end < 0) {
        return;
      }
      text.delete(start, end + close.length());
    }
  }

  /** Undoes {@link Html#escape}; other entities stay. */
  static String unescapeHtml(String text) {
    return text.indexOf('&') < 0
        ? text
        : text.replace("&lt;", "<")
            .replace("&gt;", ">")
            .replace("&#34;", "\"")
            .replace("&quot;", "\"")
            .replace("&#39;", "'")
            .replace("&amp;", "&");
  }
}
