package dev.flotilla.chat.jinja;

import java.time.LocalDateTime;
import java.time.format.TextStyle;
import java.time.temporal.IsoFields;
import java.util.Locale;

/** C's {@code strftime} in the C locale, with glibc's flags, for a time without a zone. */
final class Strftime {
  private Strftime() {}

  static String format(String format, LocalDateTime time, Budget budget) {
    budget.characters(format.length() * 16L);
    StringBuilder out = new StringBuilder();
    for (int i = 0; i < format.length(); i++) {
      char c = format.charAt(i);
      if (c != '%' || i + 1 == format.length()) {
        out.append(c);
        continue;
      }
      char flag = format.charAt(i + 1);
      boolean hasFlag = "-_0^#".indexOf(flag) >= 0 && i + 2 < format.length();
      i += hasFlag ? 2 : 1;
      String text = directive(format.charAt(i), hasFlag ? flag : 0, time);
      out.append(flag == '^' || flag == '#' ? text.toUpperCase(Locale.ROOT) : text);
    }
    return out.toString();
  }

  private static String directive(char directive, char flag, LocalDateTime time) {
    int hour12 = time.getHour() % 12 == 0 ? 12 : time.getHour() % 12;
    return switch (directive) {
      case 'Y' -> Integer.toString(time.getYear());
      case 'C' -> padded(time.getYear() / 100, 2, '0', flag);
      case 'y' -> padded(time.getYear() % 100, 2, '0', flag);
      case 'm' -> padded(time.getMonthValue(), 2, '0', flag);
      case 'd' -> padded(time.getDayOfMonth(), 2, '0', flag);
      case 'e' -> padded(time.getDayOfMonth(), 2, ' ', flag);
      case 'j' -> padded(time.getDayOfYear(), 3, '0', flag);
      case 'H' -> padded(time.getHour(), 2, '0', flag);
      case 'k' -> padded(time.getHour(), 2, ' ', flag);
      case 'I' -> padded(hour12, 2, '0', flag);
      case 'l' -> padded(hour12, 2, ' ', flag);
      case 'M' -> padded(time.getMinute(), 2, '0', flag);
      case 'S' -> padded(time.getSecond(), 2, '0', flag);
      case 'f' -> padded(time.getNano() / 1000, 6, '0', (char) 0);
      case 'p' -> time.getHour() < 12 ? "AM" : "PM";
      case 'P' -> time.getHour() < 12 ? "am" : "pm";
      case 'A' -> time.getDayOfWeek().getDisplayName(TextStyle.FULL, Locale.ENGLISH);
      case 'a' ->
          time.getDayOfWeek().getDisplayName(TextStyle.FULL, Locale.ENGLISH).substring(0, 3);
      case 'B' -> time.getMonth().getDisplayName(TextStyle.FULL, Locale.ENGLISH);
      case 'b', 'h' ->
          time.getMonth().getDisplayName(TextStyle.FULL, Locale.ENGLISH).substring(0, 3);
      case 'u' -> Integer.toString(time.getDayOfWeek().getValue());
      case 'w' -> Integer.toString(time.getDayOfWeek().getValue() % 7);
      case 'U' ->
          padded((time.getDayOfYear() + 6 - time.getDayOfWeek().getValue() % 7) / 7, 2, '0', flag);
      case 'W' ->
          padded((time.getDayOfYear() + 7 - time.getDayOfWeek().getValue()) / 7, 2, '0', flag);
      case 'V' -> padded(time.get(IsoFields.WEEK_OF_WEEK_BASED_YEAR), 2, '0', flag);
      case 'G' -> Integer.toString(time.get(IsoFields.WEEK_BASED_YEAR));
      case 'g' -> padded(time.get(IsoFields.WEEK_BASED_YEAR) % 100, 2, '0', flag);
      case 'D', 'x' -> joined(time, "m/d/y");
      case 'F' -> joined(time, "Y-m-d");
      case 'T', 'X' -> joined(time, "H:M:S");
      case 'R' -> joined(time, "H:M");
      case 'r' -> joined(time, "I:M:S p");
      case 'c' -> joined(time, "a b e H:M:S Y");
      case 'n' -> "\n";
      case 't' -> "\t";
      case '%' -> "%";
      case 'Z', 'z' -> "";
      default -> "%" + directive;
    };
  }

  /** Every letter of {@code pattern} is a directive. */
  private static String joined(LocalDateTime time, String pattern) {
    StringBuilder out = new StringBuilder();
    for (int i = 0; i < pattern.length(); i++) {
      char c = pattern.charAt(i);
      if (Character.isLetter(c)) {
        out.append(directive(c, (char) 0, time));
      } else {
        out.append(c);
      }
    }
    return out.toString();
  }

  private static String padded(int value, int width, char fill, char flag) {
    String digits = Integer.toString(value);
    if (flag == '-') {
      return digits;
    }
    char padding = flag == '_' ? ' ' : flag == '0' ? '0' : fill;
    return String.valueOf(padding).repeat(Math.max(0, width - digits.length())).concat(digits);
  }
}
