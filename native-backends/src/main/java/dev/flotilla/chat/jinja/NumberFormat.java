package dev.flotilla.chat.jinja;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.MathContext;
import java.math.RoundingMode;

/** Digits of numbers as C's {@code printf} and Python's format specifications lay them out. */
final class NumberFormat {
  private static final int MOST_DIGITS = 1_000;

  private NumberFormat() {}

  /**
   * The magnitude of {@code value} without a sign.
   *
   * @param type one of {@code e f g} or their capitals
   * @param isAlternate keep the point, and for {@code g} the trailing zeros
   */
  static String magnitude(double value, char type, int precision, boolean isAlternate) {
    boolean isUpper = Character.isUpperCase(type);
    if (Double.isNaN(value)) {
      return isUpper ? "NAN" : "nan";
    }
    if (Double.isInfinite(value)) {
      return isUpper ? "INF" : "inf";
    }
    if (precision > MOST_DIGITS) {
      throw Failure.limit("a number is to be printed with more digits than the limit allows");
    }
    BigDecimal exact = new BigDecimal(Math.abs(value));
    return switch (Character.toLowerCase(type)) {
      case 'f' -> {
        String text = exact.setScale(precision, RoundingMode.HALF_EVEN).toPlainString();
        yield precision == 0 && isAlternate ? text + "." : text;
      }
      case 'e' -> scientific(exact, precision, isAlternate, isUpper);
      default -> general(exact, Math.max(1, precision), isAlternate, isUpper);
    };
  }

  private static String scientific(
      BigDecimal exact, int precision, boolean isAlternate, boolean isUpper) {
    String digits;
    int exponent;
    if (exact.signum() == 0) {
      digits = "0".repeat(precision + 1);
      exponent = 0;
    } else {
      BigDecimal rounded = exact.round(new MathContext(precision + 1, RoundingMode.HALF_EVEN));
      String unscaled = rounded.unscaledValue().toString();
      exponent = unscaled.length() - rounded.scale() - 1;
      digits = unscaled + "0".repeat(Math.max(0, precision + 1 - unscaled.length()));
    }
    return withExponent(digits.substring(0, precision + 1), exponent, isAlternate, isUpper);
  }

  private static String withExponent(
      String digits, int exponent, boolean isAlternate, boolean isUpper) {
    StringBuilder out = new StringBuilder().append(digits.charAt(0));
    if (digits.length() > 1 || isAlternate) {
      out.append('.').append(digits, 1, digits.length());
    }
    return Numbers.exponent(exponent, out.append(isUpper ? 'E' : 'e')).toString();
  }

  private static String general(
      BigDecimal exact, int precision, boolean isAlternate, boolean isUpper) {
    String scientific = scientific(exact, precision - 1, isAlternate, isUpper);
    int mark = scientific.indexOf(isUpper ? 'E' : 'e');
    int exponent = Integer.parseInt(scientific.substring(mark + 1));
    if (exponent < -4 || exponent >= precision) {
      String mantissa = scientific.substring(0, mark);
      return (isAlternate ? mantissa : trimZeros(mantissa)) + scientific.substring(mark);
    }
    BigDecimal fixed = exact.setScale(precision - 1 - exponent, RoundingMode.HALF_EVEN);
    String text = fixed.toPlainString();
    return isAlternate ? (text.contains(".") ? text : text + ".") : trimZeros(text);
  }

  private static String trimZeros(String text) {
    if (text.indexOf('.') < 0) {
      return text;
    }
    int end = text.length();
    while (text.charAt(end - 1) == '0') {
      end--;
    }
    return text.substring(0, text.charAt(end - 1) == '.' ? end - 1 : end);
  }

  /** The magnitude of an integer in the base that {@code type} ({@code d b o x X}) names. */
  static String magnitude(BigInteger value, char type) {
    BigInteger magnitude = value.abs();
    return switch (type) {
      case 'b' -> magnitude.toString(2);
      case 'o' -> magnitude.toString(8);
      case 'x' -> magnitude.toString(16);
      case 'X' -> magnitude.toString(16).toUpperCase(java.util.Locale.ROOT);
      default -> magnitude.toString();
    };
  }

  /** {@code digits} with a separator between groups of {@code size}, counted from the right. */
  static String grouped(String digits, char separator, int size) {
    StringBuilder out = new StringBuilder(digits.length() * 4 / 3 + 1);
    for (int i = 0; i < digits.length(); i++) {
      if (i > 0 && (digits.length() - i) % size == 0) {
        out.append(separator);
      }
      out.append(digits.charAt(i));
    }
    return out.toString();
  }
}
