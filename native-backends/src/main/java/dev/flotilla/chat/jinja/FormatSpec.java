package dev.flotilla.chat.jinja;

import java.math.BigInteger;

/**
 * Python's format specification mini-language: {@code [[fill]align][sign][z][#][0][width][grouping]
 * [.precision][type]}.
 */
final class FormatSpec {
  private final String spec;
  private int at;
  private int fill = ' ';
  private char align;
  private char sign = '-';
  private boolean isAlternate;
  private int width;
  private char grouping;
  private int precision = -1;
  private char type;

  private FormatSpec(String spec) {
    this.spec = spec;
    parse();
  }

  /** {@code format(value, spec)}. */
  static String format(Value value, String spec, Budget budget) {
    if (spec.isEmpty()) {
      return Text.of(value, budget);
    }
    boolean isFormattable = Numbers.isNumber(value) || value instanceof StringValue;
    if (!isFormattable) {
      throw Failure.type("unsupported format string passed to " + value.typeName() + ".__format__");
    }
    FormatSpec parsed = new FormatSpec(spec);
    budget.characters(Math.max(parsed.width, 0) + (long) Math.max(parsed.precision, 0));
    if (value instanceof StringValue string) {
      return parsed.string(string);
    }
    boolean isFloat =
        value instanceof FloatValue || (parsed.type != 0 && "eEfFgG%".indexOf(parsed.type) >= 0);
    return isFloat ? parsed.number(Numbers.asDouble(value)) : parsed.integer(value);
  }

  private void parse() {
    int first = spec.codePointAt(0);
    int size = Character.charCount(first);
    if (spec.length() > size && "<>=^".indexOf(spec.charAt(size)) >= 0) {
      fill = first;
      align = spec.charAt(size);
      at = size + 1;
    } else if ("<>=^".indexOf(spec.charAt(0)) >= 0) {
      align = spec.charAt(at++);
    }
    if (peek() != 0 && "+- ".indexOf(peek()) >= 0) {
      sign = spec.charAt(at++);
    }
    if (peek() == 'z') {
      at++;
    }
    if (peek() == '#') {
      isAlternate = true;
      at++;
    }
    if (peek() == '0') {
      fill = align == 0 ? '0' : fill;
      align = align == 0 ? '=' : align;
      at++;
    }
    width = number();
    if (peek() == ',' || peek() == '_') {
      grouping = spec.charAt(at++);
    }
    if (peek() == '.') {
      at++;
      int start = at;
      precision = number();
      if (at == start) {
        throw Failure.value("Format specifier missing precision");
      }
    }
    type = peek();
    if (type != 0 && ++at < spec.length()) {
      throw Failure.value("Invalid format specifier");
    }
  }

  private char peek() {
    return at < spec.length() ? spec.charAt(at) : 0;
  }

  private int number() {
    long number = 0;
    while (peek() >= '0' && peek() <= '9') {
      number = number * 10 + spec.charAt(at++) - '0';
      if (number > Integer.MAX_VALUE) {
        throw Failure.value("Too many decimal digits in format string");
      }
    }
    return (int) number;
  }

  private String string(StringValue value) {
    if (type != 0 && type != 's') {
      throw unknownType("str");
    }
    boolean isPlain = sign == '-' && !isAlternate && grouping == 0;
    if (!isPlain || (align == '=' && fill != '0')) {
      throw Failure.value("not allowed in string format specifier");
    }
    boolean isCut = precision >= 0 && value.length() > precision;
    String text = isCut ? value.between(0, precision).text() : value.text();
    return padded("", text, align == 0 || align == '=' ? '<' : align);
  }

  private String integer(Value value) {
    if (type == 's' || (type != 0 && "bcdoxXn".indexOf(type) < 0)) {
      throw unknownType(value instanceof BoolValue ? "bool" : "int");
    }
    if (precision >= 0) {
      throw Failure.value("Precision not allowed in integer format specifier");
    }
    BigInteger integer = Numbers.asBigInteger(value);
    if (type == 'c') {
      return padded("", Character.toString(integer.intValueExact()), align == 0 ? '<' : align);
    }
    String prefix = sign(integer.signum() < 0);
    if (isAlternate && type != 0 && "boxX".indexOf(type) >= 0) {
      prefix += "0" + type;
    }
    boolean isDecimal = type == 0 || type == 'd' || type == 'n';
    String digits = NumberFormat.magnitude(integer, type);
    return padded(prefix, group(digits, prefix, isDecimal ? 3 : 4), align == 0 ? '>' : align);
  }

  private String number(double value) {
    boolean isNegative = value < 0 || (value == 0 && 1 / value < 0);
    double magnitude = Math.abs(value);
    String text;
    if (type == 0 && precision < 0) {
      text = Numbers.repr(magnitude);
    } else if (type == 0) {
      text = NumberFormat.magnitude(magnitude, 'g', precision, isAlternate);
      int exponent = text.indexOf('e');
      boolean looksLikeInteger = text.indexOf('.') < 0 && exponent < 0;
      text = looksLikeInteger && Double.isFinite(value) ? text + ".0" : text;
    } else if (type == '%') {
      int digits = precision < 0 ? 6 : precision;
      text = NumberFormat.magnitude(magnitude * 100, 'f', digits, isAlternate) + "%";
    } else if ("eEfFgGn".indexOf(type) >= 0) {
      char style = type == 'n' ? 'g' : type;
      text = NumberFormat.magnitude(magnitude, style, precision < 0 ? 6 : precision, isAlternate);
    } else {
      throw unknownType("float");
    }
    String prefix = sign(isNegative);
    int end = 0;
    while (end < text.length() && Character.isDigit(text.charAt(end))) {
      end++;
    }
    if (grouping != 0 && end > 0) {
      String rest = text.substring(end);
      int outer = width;
      width = Math.max(0, width - rest.length());
      text = group(text.substring(0, end), prefix, 3) + rest;
      width = outer;
    }
    return padded(prefix, text, align == 0 ? '>' : align);
  }

  /** Grouped digits; zero padding takes part in the grouping. */
  private String group(String digits, String prefix, int size) {
    if (grouping == 0) {
      return digits;
    }
    String grouped = NumberFormat.grouped(digits, grouping, size);
    if (align == '=' && fill == '0') {
      String padded = digits;
      while (prefix.length() + grouped.length() < width) {
        padded = "0" + padded;
        grouped = NumberFormat.grouped(padded, grouping, size);
      }
    }
    return grouped;
  }

  private String sign(boolean isNegative) {
    return isNegative ? "-" : sign == '-' ? "" : String.valueOf(sign);
  }

  private String padded(String prefix, String body, char side) {
    int length = prefix.length() + new StringValue(body).length();
    int padding = Math.max(0, width - length);
    String filler = Character.toString(fill);
    return switch (side) {
      case '<' -> prefix + body + filler.repeat(padding);
      case '=' -> prefix + filler.repeat(padding) + body;
      case '^' -> filler.repeat(padding / 2) + prefix + body + filler.repeat(padding - padding / 2);
      default -> filler.repeat(padding) + prefix + body;
    };
  }

  private Failure unknownType(String typeName) {
    return Failure.value(
        "Unknown format code '" + type + "' for object of type '" + typeName + "'");
  }
}
