package dev.flotilla.chat.jinja;

import dev.flotilla.chat.jinja.Arguments.Bound;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** The filters over text. */
final class TextFilters {
  private static final List<String> DECIMAL_UNITS =
      List.of("kB", "MB", "GB", "TB", "PB", "EB", "ZB", "YB");
  private static final List<String> BINARY_UNITS =
      List.of("KiB", "MiB", "GiB", "TiB", "PiB", "EiB", "ZiB", "YiB");

  private final Operators operators;
  private final Budget budget;

  TextFilters(Operators operators) {
    this.operators = operators;
    this.budget = operators.budget();
  }

  Value indent(Value value, Bound given) {
    if (!(value instanceof StringValue string)) {
      operators.requireDefined(value);
      throw Failure.type(
          "can only concatenate " + value.typeName() + " (not \"str\") to " + value.typeName());
    }
    StringValue indentation = indentation(string, given);
    List<String> lines = Strings.lines(string.text().concat("\n"), false);
    boolean indentsBlank = given.flag(2, false);
    Text out = new Text(budget);
    if (given.flag(1, false)) {
      out.append(string.combine(indentation));
    }
    for (int i = 0; i < lines.size(); i++) {
      if (i > 0) {
        out.append('\n');
        if (indentsBlank || !lines.get(i).isEmpty()) {
          out.append(string.combine(indentation));
        }
      }
      out.append(lines.get(i));
    }
    return string.like(out.toString());
  }

  /** Markup's indentation is trusted as it is. */
  private StringValue indentation(StringValue string, Bound given) {
    if (given.or(0, IntValue.of(4)) instanceof StringValue text) {
      return string.like(text.text());
    }
    int width = Math.max(0, given.integer(0, 4));
    budget.characters(width);
    return string.like(" ".repeat(width));
  }

  /** Unlike {@code str.title}: words start after white space and brackets and hyphens only. */
  String title(String text) {
    StringBuilder out = new StringBuilder(text.length());
    boolean startsWord = true;
    int wordStart = 0;
    for (int i = 0; i <= text.length(); i++) {
      boolean isDelimiter =
          i < text.length()
              && (Chars.isSpace(text.charAt(i)) || "-({[<".indexOf(text.charAt(i)) >= 0);
      if (i == text.length() || isDelimiter == startsWord) {
        String piece = text.substring(wordStart, i);
        if (!piece.isEmpty()) {
          int first = Character.charCount(piece.codePointAt(0));
          out.append(piece.substring(0, first).toUpperCase(Locale.ROOT));
          out.append(piece.substring(first).toLowerCase(Locale.ROOT));
        }
        wordStart = i;
        startsWord = !isDelimiter;
      }
    }
    return out.toString();
  }

  Value truncate(Value value, Bound given) {
    StringValue end = given.orNull(2) == null ? new StringValue("...") : given.stringValue(2);
    int length = given.integer(0, 255);
    int leeway = given.orNull(3) == null ? 5 : given.integer(3, 5);
    if (length < end.length()) {
      throw Failure.value("expected length >= " + end.length() + ", got " + length);
    }
    if (leeway < 0) {
      throw Failure.value("expected leeway >= 0, got " + leeway);
    }
    if (operators.length(value) <= (long) length + leeway) {
      return value;
    }
    if (!(value instanceof StringValue string)) {
      throw Failure.type("'" + value.typeName() + "' object cannot be truncated");
    }
    budget.characters(string.text().length());
    StringValue kept = string.between(0, length - end.length());
    if (!given.flag(1, false)) {
      int space = kept.text().lastIndexOf(' ');
      kept = space < 0 ? kept : kept.like(kept.text().substring(0, space));
    }
    return operators.apply(Operator.ADD, kept, end);
  }

  Value fileSize(Value value, boolean isBinary) {
    operators.requireDefined(value);
    Double parsed = value instanceof StringValue text ? Numbers.parseFloat(text.text()) : null;
    if (parsed == null && !Numbers.isNumber(value)) {
      throw Failure.type("float() argument must be a string or a real number");
    }
    double bytes = parsed == null ? Numbers.asDouble(value) : parsed;
    int base = isBinary ? 1024 : 1000;
    if (bytes == 1) {
      return new StringValue("1 Byte");
    }
    if (bytes < base) {
      return new StringValue(Text.of(Numbers.truncate(bytes), budget).concat(" Bytes"));
    }
    List<String> units = isBinary ? BINARY_UNITS : DECIMAL_UNITS;
    double unit = (double) base * base;
    int index = 0;
    while (bytes >= unit && index < units.size() - 1) {
      unit *= base;
      index++;
    }
    String amount = NumberFormat.magnitude(base * bytes / unit, 'f', 1, false);
    return new StringValue(amount + " " + units.get(index));
  }

  static int wordCount(String text) {
    int words = 0;
    boolean isInWord = false;
    for (int i = 0; i < text.length(); ) {
      int c = text.codePointAt(i);
      boolean isWordPart = Character.isLetterOrDigit(c) || c == '_';
      words += isWordPart && !isInWord ? 1 : 0;
      isInWord = isWordPart;
      i += Character.charCount(c);
    }
    return words;
  }

  Value urlEncode(Value value) {
    if (value instanceof StringValue || value.iterator() == null) {
      return new StringValue(quoteUrl(Text.of(value, budget), false));
    }
    Value pairs =
        value instanceof DictValue dict
            ? new DictView(dict, DictView.Part.ITEMS, operators.limits())
            : value;
    List<String> parts = new ArrayList<>();
    Iterator<Value> items = operators.iterate(pairs);
    while (items.hasNext()) {
      List<Value> pair = operators.listOf(items.next());
      if (pair.size() != 2) {
        throw Failure.value("not enough values to unpack (expected 2, got " + pair.size() + ")");
      }
      String key = quoteUrl(Text.of(pair.get(0), budget), true);
      parts.add(key + "=" + quoteUrl(Text.of(pair.get(1), budget), true));
    }
    return new StringValue(String.join("&", parts));
  }

  private String quoteUrl(String text, boolean isInQuery) {
    Text out = new Text(budget);
    for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
      char c = (char) (b & 0xff);
      boolean isPlain = c < 0x80 && (Character.isLetterOrDigit(c) || "_.-~".indexOf(c) >= 0);
      if (isPlain || (c == '/' && !isInQuery)) {
        out.append(c);
      } else if (c == ' ' && isInQuery) {
        out.append('+');
      } else {
        StringBuilder escape = new StringBuilder("%");
        Chars.hex(c, 2, escape);
        out.append(escape.toString().toUpperCase(Locale.ROOT));
      }
    }
    return out.toString();
  }

  Value xmlAttributes(Value value, boolean addsSpace) {
    operators.requireDefined(value);
    if (!(value instanceof DictValue dict)) {
      throw Failure.type("'" + value.typeName() + "' object has no attribute 'items'");
    }
    Text out = new Text(budget);
    String separator = addsSpace ? " " : "";
    for (Map.Entry<Value, Value> entry : dict.entries().entrySet()) {
      if (entry.getValue() == NoneValue.NONE || entry.getValue() instanceof UndefinedValue) {
        continue;
      }
      if (!(entry.getKey() instanceof StringValue key)) {
        throw Failure.type("expected string or bytes-like object, got an attribute name");
      }
      for (int i = 0; i < key.text().length(); i++) {
        char c = key.text().charAt(i);
        if (" \t\n\r\f\u000b/>=".indexOf(c) >= 0) {
          throw Failure.value("Invalid character in attribute name: " + Chars.quote(key.text()));
        }
      }
      out.append(separator);
      separator = " ";
      out.append(Html.escape(key, budget).text()).append("=\"");
      out.append(Html.escape(entry.getValue(), budget).text()).append("\"");
    }
    return new StringValue(out.toString());
  }

  /** Python's {@code pformat} where its result fits one line; it sorts the keys of dicts. */
  Value prettyPrint(Value value) {
    String text = Text.repr(sorted(value), budget);
    if (text.length() > 80) {
      throw Failure.unsupported("filter 'pprint' is supported for short values only");
    }
    return new StringValue(text);
  }

  private Value sorted(Value value) {
    if (value instanceof DictValue dict) {
      List<Value> keys = new ArrayList<>(dict.entries().keySet());
      Sorting.sort(keys, keys, false, operators);
      Map<Value, Value> entries = DictValue.newEntries();
      for (Value key : keys) {
        Value entry = dict.get(key);
        entries.put(key, entry == null ? NoneValue.NONE : sorted(entry));
      }
      return new DictValue(entries, operators.limits());
    }
    if (value instanceof ArrayValue array) {
      List<Value> items = new ArrayList<>(array.length());
      for (Value item : array.items()) {
        items.add(sorted(item));
      }
      return array.isList()
          ? ArrayValue.list(items, operators.limits())
          : ArrayValue.tuple(items, operators.limits());
    }
    return value;
  }
}
