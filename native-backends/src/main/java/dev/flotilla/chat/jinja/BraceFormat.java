package dev.flotilla.chat.jinja;

import org.jspecify.annotations.Nullable;

/** Python's {@code str.format}, with the sandbox's attribute rules. */
final class BraceFormat {
  private static final int DEEPEST = 2;

  private final StringValue format;
  private final Arguments arguments;
  private final Attributes attributes;
  private final Budget budget;
  private int nextIndex;
  private boolean isManual;

  BraceFormat(StringValue format, Arguments arguments, Attributes attributes, Budget budget) {
    this.format = format;
    this.arguments = arguments;
    this.attributes = attributes;
    this.budget = budget;
  }

  StringValue format() {
    return format.like(expand(format.text(), DEEPEST));
  }

  private String expand(String text, int depth) {
    if (depth == 0) {
      throw Failure.value("Max string recursion exceeded");
    }
    Text out = new Text(budget);
    int at = 0;
    while (at < text.length()) {
      char c = text.charAt(at);
      boolean isDoubled = at + 1 < text.length() && text.charAt(at + 1) == c;
      if ((c == '{' || c == '}') && isDoubled) {
        out.append(c);
        at += 2;
      } else if (c == '}') {
        throw Failure.value("Single '}' encountered in format string");
      } else if (c == '{') {
        int end = fieldEnd(text, at + 1);
        out.append(field(text.substring(at + 1, end), depth));
        at = end + 1;
      } else {
        out.append(c);
        at++;
      }
    }
    return out.toString();
  }

  private static int fieldEnd(String text, int start) {
    int open = 1;
    for (int i = start; i < text.length(); i++) {
      open += text.charAt(i) == '{' ? 1 : text.charAt(i) == '}' ? -1 : 0;
      if (open == 0) {
        return i;
      }
    }
    throw Failure.value(
        start == text.length()
            ? "Single '{' encountered in format string"
            : "expected '}' before end of string");
  }

  private String field(String field, int depth) {
    int end = 0;
    int brackets = 0;
    while (end < field.length()
        && (brackets > 0 || (field.charAt(end) != ':' && field.charAt(end) != '!'))) {
      brackets += field.charAt(end) == '[' ? 1 : field.charAt(end) == ']' ? -1 : 0;
      end++;
    }
    Value value = lookUp(field.substring(0, end));
    char conversion = 0;
    if (end < field.length() && field.charAt(end) == '!') {
      if (end + 1 >= field.length()) {
        throw Failure.value("end of string while looking for conversion specifier");
      }
      conversion = field.charAt(end + 1);
      end += 2;
      if (end < field.length() && field.charAt(end) != ':') {
        throw Failure.value("expected ':' after conversion specifier");
      }
    }
    String spec = end < field.length() ? expand(field.substring(end + 1), depth - 1) : "";
    return formatted(converted(value, conversion), spec);
  }

  private Value converted(Value value, char conversion) {
    return switch (conversion) {
      case 0 -> value;
      case 's' -> new StringValue(Text.of(value, budget));
      case 'r' -> new StringValue(Text.repr(value, budget));
      case 'a' -> {
        StringBuilder ascii = new StringBuilder();
        Chars.quote(Text.of(value, budget), true, ascii);
        boolean isString = value instanceof StringValue;
        yield new StringValue(isString ? ascii.toString() : Text.repr(value, budget));
      }
      default -> throw Failure.value("Unknown conversion specifier " + conversion);
    };
  }

  private String formatted(Value value, String spec) {
    if (!format.isSafe()) {
      return FormatSpec.format(value, spec, budget);
    }
    if (value instanceof StringValue string && string.isSafe() && spec.isEmpty()) {
      return string.text();
    }
    return Html.escape(FormatSpec.format(value, spec, budget));
  }

  /** {@code first.attribute[item]…}. */
  private Value lookUp(String name) {
    int end = 0;
    while (end < name.length() && name.charAt(end) != '.' && name.charAt(end) != '[') {
      end++;
    }
    Value value = argument(name.substring(0, end));
    while (end < name.length()) {
      boolean isItem = name.charAt(end) == '[';
      int start = end + 1;
      end = start;
      while (end < name.length()
          && (isItem ? name.charAt(end) != ']' : ".[".indexOf(name.charAt(end)) < 0)) {
        end++;
      }
      String part = name.substring(start, end);
      if (part.isEmpty() || (isItem && end == name.length())) {
        throw Failure.value("Empty attribute in format string");
      }
      Long index = isItem ? index(part) : null;
      value =
          isItem
              ? attributes.item(value, index == null ? new StringValue(part) : IntValue.of(index))
              : attributes.attribute(value, new StringValue(part));
      end = isItem ? end + 1 : end;
    }
    return value;
  }

  private Value argument(String name) {
    Long index = index(name);
    if (name.isEmpty()) {
      if (isManual) {
        throw Failure.value(
            "cannot switch from manual field specification to automatic field numbering");
      }
      index = (long) nextIndex++;
    } else if (index != null) {
      if (nextIndex > 0) {
        throw Failure.value(
            "cannot switch from automatic field numbering to manual field specification");
      }
      isManual = true;
    }
    if (index != null) {
      if (index >= arguments.positional().size()) {
        throw Failure.value(
            "Replacement index " + index + " out of range for positional args tuple");
      }
      return arguments.positional().get(index.intValue());
    }
    Value value = arguments.named(name);
    if (value == null) {
      throw Failure.value(Chars.quote(name));
    }
    return value;
  }

  private static @Nullable Long index(String text) {
    if (text.isEmpty() || text.length() > 9) {
      return null;
    }
    for (int i = 0; i < text.length(); i++) {
      if (text.charAt(i) < '0' || text.charAt(i) > '9') {
        return null;
      }
    }
    return Long.valueOf(text);
  }
}
