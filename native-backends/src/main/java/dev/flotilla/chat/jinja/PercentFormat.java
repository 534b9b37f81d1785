package dev.flotilla.chat.jinja;

import org.jspecify.annotations.Nullable;

/** Python's {@code format % arguments}. */
final class PercentFormat {
  private final StringValue format;
  private final String text;
  private final Value arguments;
  private final Budget budget;
  private final Text out;
  private int at;
  private int next;

  PercentFormat(StringValue format, Value arguments, Budget budget) {
    this.format = format;
    this.text = format.text();
    this.arguments = arguments;
    this.budget = budget;
    this.out = new Text(budget);
  }

  StringValue format() {
    while (at < text.length()) {
      int percent = text.indexOf('%', at);
      if (percent < 0) {
        percent = text.length();
      }
      out.append(text.substring(at, percent));
      at = percent + 1;
      if (percent < text.length()) {
        conversion();
      }
    }
    boolean isTuple = arguments instanceof ArrayValue array && !array.isList();
    boolean mayBeIgnored =
        arguments instanceof DictValue
            || arguments instanceof RangeValue
            || arguments instanceof UndefinedValue
            || (arguments instanceof ArrayValue list && list.isList());
    int count = isTuple ? arguments.length() : 1;
    if (next < count && !mayBeIgnored) {
      throw Failure.type("not all arguments converted during string formatting");
    }
    return format.like(out.toString());
  }

  private void conversion() {
    Value keyed = key();
    String flags = flags();
    int width = number();
    if (width == STAR) {
      width = Numbers.clamp(integer(nextArgument(), '*'));
      flags = width < 0 ? flags + "-" : flags;
      width = Math.abs(width);
    }
    int precision = -1;
    if (peek() == '.') {
      at++;
      precision = number();
      precision = precision == STAR ? Numbers.clamp(integer(nextArgument(), '*')) : precision;
      precision = Math.max(0, precision);
    }
    while (peek() == 'h' || peek() == 'l' || peek() == 'L') {
      at++;
    }
    char type = peek();
    if (type == 0) {
      throw Failure.value("incomplete format");
    }
    at++;
    if (type == '%') {
      out.append('%');
      return;
    }
    if ("diouxXeEfFgGcrsa".indexOf(type) < 0) {
      throw Failure.value("unsupported format character '" + type + "' at index " + (at - 1));
    }
    convert(type, flags, width, precision, keyed == null ? nextArgument() : keyed);
  }

  private @Nullable Value key() {
    if (peek() != '(') {
      return null;
    }
    int start = ++at;
    for (int open = 1; open > 0; at++) {
      if (at >= text.length()) {
        throw Failure.value("incomplete format key");
      }
      open += text.charAt(at) == '(' ? 1 : text.charAt(at) == ')' ? -1 : 0;
    }
    String key = text.substring(start, at - 1);
    if (!(arguments instanceof DictValue dict)) {
      throw Failure.type("format requires a mapping");
    }
    Value value = dict.get(new StringValue(key));
    if (value == null) {
      throw Failure.value(Chars.quote(key));
    }
    return value;
  }

  private String flags() {
    int start = at;
    while (peek() != 0 && "#0- +".indexOf(peek()) >= 0) {
      at++;
    }
    return text.substring(start, at);
  }

  private static final int STAR = -2;

  private int number() {
    if (peek() == '*') {
      at++;
      return STAR;
    }
    long number = 0;
    while (peek() >= '0' && peek() <= '9') {
      number = Math.min(Integer.MAX_VALUE, number * 10 + peek() - '0');
      at++;
    }
    return (int) number;
  }

  private char peek() {
    return at < text.length() ? text.charAt(at) : 0;
  }

  private Value nextArgument() {
    boolean isTuple = arguments instanceof ArrayValue array && !array.isList();
    int count = isTuple ? arguments.length() : 1;
    if (next >= count) {
      throw Failure.type("not enough arguments for format string");
    }
    Value value = isTuple ? ((ArrayValue) arguments).get(next) : arguments;
    next++;
    return value;
  }

  private void convert(char type, String flags, int width, int precision, Value value) {
    String prefix = "";
    String body;
    boolean isNumber = true;
    switch (type) {
      case 's' -> {
        body = format.isSafe() ? Html.escape(value, budget).text() : Text.of(value, budget);
        isNumber = false;
      }
      case 'r' -> {
        body = escaped(Text.repr(value, budget));
        isNumber = false;
      }
      case 'a' -> {
        StringBuilder ascii = new StringBuilder();
        Chars.quote(Text.of(value, budget), true, ascii);
        body = escaped(value instanceof StringValue ? ascii.toString() : Text.repr(value, budget));
        isNumber = false;
      }
      case 'c' -> {
        body = character(value);
        isNumber = false;
      }
      case 'd', 'i', 'u', 'o', 'x', 'X' -> {
        java.math.BigInteger integer = Numbers.asBigInteger(integer(value, type));
        body = NumberFormat.magnitude(integer, type);
        body = "0".repeat(bounded(precision - body.length())) + body;
        boolean isAlternate = flags.indexOf('#') >= 0 && "oxX".indexOf(type) >= 0;
        prefix = sign(integer.signum() < 0, flags) + (isAlternate ? "0" + type : "");
      }
      default -> {
        double number = number(value);
        boolean isNegative = number < 0 || (number == 0 && 1 / number < 0);
        int digits = precision < 0 ? 6 : precision;
        body = NumberFormat.magnitude(number, type, digits, flags.indexOf('#') >= 0);
        prefix = sign(isNegative, flags);
      }
    }
    if (!isNumber && precision >= 0 && type != 'c') {
      StringValue whole = new StringValue(body);
      body = whole.length() > precision ? whole.between(0, precision).text() : body;
    }
    int length = prefix.length() + new StringValue(body).length();
    int padding = bounded(width - length);
    if (flags.indexOf('-') >= 0) {
      out.append(prefix).append(body).append(" ".repeat(padding));
    } else if (isNumber && flags.indexOf('0') >= 0) {
      out.append(prefix).append("0".repeat(padding)).append(body);
    } else {
      out.append(" ".repeat(padding)).append(prefix).append(body);
    }
  }

  private String escaped(String repr) {
    return format.isSafe() ? Html.escape(repr) : repr;
  }

  private int bounded(int padding) {
    budget.characters(Math.max(0, padding));
    return Math.max(0, padding);
  }

  private static String sign(boolean isNegative, String flags) {
    return isNegative ? "-" : flags.indexOf('+') >= 0 ? "+" : flags.indexOf(' ') >= 0 ? " " : "";
  }

  private static String character(Value value) {
    if (value instanceof StringValue string && string.length() == 1) {
      return string.text();
    }
    if (Numbers.isInteger(value)) {
      int c = Numbers.clamp(value);
      if (c < 0 || c > Character.MAX_CODE_POINT) {
        throw Failure.value("%c arg not in range(0x110000)");
      }
      return Character.toString(c);
    }
    throw Failure.type("%c requires int or char");
  }

  private Value integer(Value value, char type) {
    if (value instanceof UndefinedValue undefined) {
      throw undefined.failure(budget);
    }
    if (value instanceof FloatValue number && "diu".indexOf(type) >= 0) {
      return Numbers.truncate(number.value());
    }
    if (!Numbers.isInteger(value)) {
      String wanted = "diu".indexOf(type) >= 0 ? "a real number" : "an integer";
      throw Failure.type(
          type == '*'
              ? "* wants int"
              : "%" + type + " format: " + wanted + " is required, not " + value.typeName());
    }
    return value;
  }

  private double number(Value value) {
    if (value instanceof UndefinedValue undefined) {
      throw undefined.failure(budget);
    }
    if (!Numbers.isNumber(value)) {
      throw Failure.type("must be real number, not " + value.typeName());
    }
    return Numbers.asDouble(value);
  }
}
