package dev.flotilla.chat.jinja;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import org.jspecify.annotations.Nullable;

/** Python's numbers: bools are integers, integers have any width, floats are doubles. */
final class Numbers {
  private Numbers() {}

  static boolean isNumber(Value value) {
    return isInteger(value) || value instanceof FloatValue;
  }

  static boolean isInteger(Value value) {
    return value instanceof IntValue || value instanceof BoolValue || value instanceof BigIntValue;
  }

  /** Whether {@code value} is an integer of at most 64 bits. */
  static boolean isLong(Value value) {
    return value instanceof IntValue || value instanceof BoolValue;
  }

  static long asLong(Value value) {
    return value instanceof IntValue integer ? integer.value() : value.isTrue() ? 1 : 0;
  }

  static BigInteger asBigInteger(Value value) {
    return value instanceof BigIntValue big ? big.value() : BigInteger.valueOf(asLong(value));
  }

  /** The integer itself; a bool as the 0 or 1 that it counts as. */
  static Value plainInteger(Value value) {
    return value instanceof BoolValue ? IntValue.of(asLong(value)) : value;
  }

  static Value negate(Value integer) {
    boolean isNarrow = isLong(integer) && asLong(integer) != Long.MIN_VALUE;
    return isNarrow ? IntValue.of(-asLong(integer)) : integer(asBigInteger(integer).negate());
  }

  /** The number as a double; fails if it is too large for one. */
  static double asDouble(Value value) {
    if (value instanceof FloatValue number) {
      return number.value();
    }
    if (isLong(value)) {
      return asLong(value);
    }
    double result = asBigInteger(value).doubleValue();
    if (Double.isInfinite(result)) {
      throw Failure.value("int too large to convert to float");
    }
    return result;
  }

  /** An integer argument cut to an {@code int}: what is larger is as good as the largest. */
  static int clamp(Value value) {
    if (value instanceof BigIntValue big) {
      return big.value().signum() < 0 ? Integer.MIN_VALUE : Integer.MAX_VALUE;
    }
    return Math.clamp(asLong(value), Integer.MIN_VALUE, Integer.MAX_VALUE);
  }

  static Value integer(BigInteger value) {
    return value.bitLength() < Long.SIZE ? IntValue.of(value.longValue()) : new BigIntValue(value);
  }

  static boolean isIntegral(double value) {
    return value == Math.rint(value) && !Double.isInfinite(value);
  }

  /** The integer that {@code value}, which is finite, is cut to. */
  static Value toInteger(double value) {
    return Math.abs(value) < 0x1p62
        ? IntValue.of((long) value)
        : integer(new BigDecimal(value).toBigInteger());
  }

  /** Python's {@code int(float)}. */
  static Value truncate(double value) {
    if (Double.isNaN(value)) {
      throw Failure.value("cannot convert float NaN to integer");
    }
    if (Double.isInfinite(value)) {
      throw Failure.value("cannot convert float infinity to integer");
    }
    return toInteger(value);
  }

  /** An integer literal without underscores: decimal, or with a prefix that names its base. */
  static Value parseLiteral(String digits) {
    int radix = digits.length() > 2 ? NumberSyntax.radix(digits.charAt(1)) : 0;
    return radix == 0 ? parsePlain(digits, 10) : parsePlain(digits.substring(2), radix);
  }

  /** Digits of one base, and nothing else. Twelve fit 64 bits in any base. */
  private static Value parsePlain(String digits, int radix) {
    return digits.length() <= 12
        ? IntValue.of(Long.parseLong(digits, radix))
        : integer(new BigInteger(digits, radix));
  }

  /** Python's {@code int(text, base)}; null where that raises ValueError. */
  static @Nullable Value parseInteger(String text, int base) {
    String digits = strip(text);
    boolean isNegative = digits.startsWith("-");
    if (isNegative || digits.startsWith("+")) {
      digits = digits.substring(1);
    }
    int prefixRadix =
        digits.length() > 2 && digits.charAt(0) == '0' ? NumberSyntax.radix(digits.charAt(1)) : 0;
    boolean hasPrefix = prefixRadix != 0 && (base == 0 || base == prefixRadix);
    int radix = hasPrefix ? prefixRadix : base == 0 ? 10 : base;
    if (hasPrefix) {
      digits = digits.substring(digits.charAt(2) == '_' ? 3 : 2);
    }
    boolean isAmbiguousOctal =
        base == 0 && !hasPrefix && digits.startsWith("0") && !digits.replace("0", "").isEmpty();
    String plain = withoutUnderscores(digits);
    if (plain == null || plain.length() > 4300 || isAmbiguousOctal) {
      return null;
    }
    for (int i = 0; i < plain.length(); i++) {
      if (Character.digit(plain.charAt(i), radix) < 0) {
        return null;
      }
    }
    Value value = parsePlain(plain, radix);
    return isNegative ? negate(value) : value;
  }

  /** Python's {@code float(text)}; null where that raises ValueError. */
  static @Nullable Double parseFloat(String text) {
    String stripped = withoutUnderscores(strip(text));
    if (stripped == null) {
      return null;
    }
    String lower = stripped.toLowerCase(java.util.Locale.ROOT);
    String unsigned = lower.startsWith("-") || lower.startsWith("+") ? lower.substring(1) : lower;
    double sign = lower.startsWith("-") ? -1 : 1;
    if (unsigned.equals("inf") || unsigned.equals("infinity")) {
      return sign * Double.POSITIVE_INFINITY;
    }
    if (unsigned.equals("nan")) {
      return Double.NaN;
    }
    for (int i = 0; i < unsigned.length(); i++) {
      if ("0123456789.e+-".indexOf(unsigned.charAt(i)) < 0) {
        return null;
      }
    }
    try {
      return Double.parseDouble(lower);
    } catch (NumberFormatException malformed) {
      return null;
    }
  }

  private static String strip(String text) {
    int start = 0;
    int end = text.length();
    while (start < end && Chars.isSpace(text.charAt(start))) {
      start++;
    }
    while (end > start && Chars.isSpace(text.charAt(end - 1))) {
      end--;
    }
    return text.substring(start, end);
  }

  /** Null if empty, or if an underscore is not between digits. */
  private static @Nullable String withoutUnderscores(String digits) {
    boolean isMisplaced =
        digits.isEmpty() || digits.startsWith("_") || digits.endsWith("_") || digits.contains("__");
    if (isMisplaced) {
      return null;
    }
    for (int i = digits.indexOf('_'); i >= 0; i = digits.indexOf('_', i + 1)) {
      if (!Character.isLetterOrDigit(digits.charAt(i - 1))
          || !Character.isLetterOrDigit(digits.charAt(i + 1))) {
        return null;
      }
    }
    return digits.replace("_", "");
  }

  /** Python's {@code repr} of a float: the shortest digits that read back as the same number. */
  static String repr(double value) {
    if (Double.isNaN(value)) {
      return "nan";
    }
    if (Double.isInfinite(value)) {
      return value > 0 ? "inf" : "-inf";
    }
    if (value == 0) {
      return 1 / value > 0 ? "0.0" : "-0.0";
    }
    Shortest shortest = Shortest.of(Math.abs(value));
    String digits = shortest.digits();
    int exponent = shortest.exponent();
    StringBuilder out = new StringBuilder(24);
    if (value < 0) {
      out.append('-');
    }
    if (exponent < -4 || exponent >= 16) {
      out.append(digits.charAt(0));
      if (digits.length() > 1) {
        out.append('.').append(digits, 1, digits.length());
      }
      return exponent(exponent, out.append('e')).toString();
    }
    if (exponent < 0) {
      return out.append("0.").append("0".repeat(-exponent - 1)).append(digits).toString();
    }
    if (exponent + 1 >= digits.length()) {
      return out.append(digits)
          .append("0".repeat(exponent + 1 - digits.length()))
          .append(".0")
          .toString();
    }
    return out.append(digits, 0, exponent + 1)
        .append('.')
        .append(digits, exponent + 1, digits.length())
        .toString();
  }

  /** The fewest digits that read back as a number, a point after the first, and the exponent. */
  private record Shortest(String digits, int exponent) {

    /** Of a positive number. Java's digits are these, but that it prints two at least. */
    static Shortest of(double value) {
      String text = Double.toString(value);
      int e = text.indexOf('E');
      int point = text.indexOf('.');
      int end = e < 0 ? text.length() : e;
      String all = text.substring(0, point).concat(text.substring(point + 1, end));
      int first = 0;
      while (all.charAt(first) == '0') {
        first++;
      }
      int last = all.length();
      while (all.charAt(last - 1) == '0') {
        last--;
      }
      int shift = e < 0 ? 0 : Integer.parseInt(text, e + 1, text.length(), 10);
      Shortest shortest = new Shortest(all.substring(first, last), point - 1 - first + shift);
      return shortest.digits.length() == 2 ? shortest.inOneDigit(value) : shortest;
    }

    /** The smallest numbers of all are so far apart that one digit may do. */
    private Shortest inOneDigit(double value) {
      int rounded = (Integer.parseInt(digits) + 5) / 10;
      Shortest single =
          rounded == 10
              ? new Shortest("1", exponent + 1)
              : new Shortest(Integer.toString(rounded), exponent);
      String text = single.digits.concat("E").concat(Integer.toString(single.exponent));
      return Double.parseDouble(text) == value ? single : this;
    }
  }

  /** Appends an exponent as C does: a sign and two digits at least. */
  static StringBuilder exponent(int exponent, StringBuilder out) {
    out.append(exponent < 0 ? '-' : '+');
    int size = Math.abs(exponent);
    return (size < 10 ? out.append('0') : out).append(size);
  }

  static boolean equal(Value left, Value right) {
    return isNumber(left) && isNumber(right) && isOrdered(left, right) && compare(left, right) == 0;
  }

  /** Whether neither number is a NaN. */
  static boolean isOrdered(Value left, Value right) {
    return !isNan(left) && !isNan(right);
  }

  private static boolean isNan(Value value) {
    return value instanceof FloatValue number && Double.isNaN(number.value());
  }

  /** Compares exactly two numbers that are not NaN. */
  static int compare(Value left, Value right) {
    if (isLong(left) && isLong(right)) {
      return Long.compare(asLong(left), asLong(right));
    }
    if (left instanceof FloatValue a && right instanceof FloatValue b) {
      return a.value() == b.value() ? 0 : Double.compare(a.value(), b.value());
    }
    if (left instanceof FloatValue a && Double.isInfinite(a.value())) {
      return a.value() > 0 ? 1 : -1;
    }
    if (right instanceof FloatValue b && Double.isInfinite(b.value())) {
      return b.value() > 0 ? -1 : 1;
    }
    return exact(left).compareTo(exact(right));
  }

  private static BigDecimal exact(Value value) {
    return value instanceof FloatValue number
        ? new BigDecimal(number.value())
        : new BigDecimal(asBigInteger(value));
  }

  /** Python's {@code round(value, digits)}: to the nearest, ties to even, exactly. */
  static Value round(Value value, int digits) {
    if (value instanceof FloatValue number) {
      double d = number.value();
      if (Double.isNaN(d) || Double.isInfinite(d) || digits > 323) {
        return value;
      }
      if (digits < -308) {
        return new FloatValue(Math.copySign(0.0, d));
      }
      double rounded = new BigDecimal(d).setScale(digits, RoundingMode.HALF_EVEN).doubleValue();
      return new FloatValue(Math.copySign(rounded, d));
    }
    if (digits >= 0) {
      return plainInteger(value);
    }
    BigDecimal rounded =
        new BigDecimal(asBigInteger(value))
            .setScale(Math.max(digits, -20_000), RoundingMode.HALF_EVEN);
    return integer(rounded.toBigInteger());
  }
}
