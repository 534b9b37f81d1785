package dev.flotilla.chat.jinja;

import dev.flotilla.chat.jinja.Arguments.Bound;
import dev.flotilla.chat.jinja.Arguments.Parameters;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** The methods of Python's {@code str}. */
final class StringMethods {
  private static final Parameters NONE = new Parameters(0, 0);
  private static final Parameters ONE = new Parameters(1, 1, "value");
  private static final Parameters CHARACTERS = new Parameters(0, 1, "chars");
  private static final Parameters SPLIT = new Parameters(0, 0, "sep", "maxsplit");
  private static final Parameters LINES = new Parameters(0, 0, "keepends");
  private static final Parameters TABS = new Parameters(0, 0, "tabsize");
  private static final Parameters WITHIN = new Parameters(1, 3, "sub", "start", "end");
  private static final Parameters REPLACE = new Parameters(2, 3, "old", "new", "count");
  private static final Parameters PAD = new Parameters(1, 2, "width", "fillchar");

  private final Operators operators;
  private final Attributes attributes;
  private final Budget budget;

  StringMethods(Operators operators, Attributes attributes) {
    this.operators = operators;
    this.attributes = attributes;
    this.budget = operators.budget();
  }

  Value call(StringValue self, String name, Arguments given) {
    String text = self.text();
    budget.characters(text.length());
    return switch (name) {
      case "strip" -> strip(self, optional(name, given), true, true);
      case "lstrip" -> strip(self, optional(name, given), true, false);
      case "rstrip" -> strip(self, optional(name, given), false, true);
      case "split" -> split(self, given.bind(name, SPLIT), false);
      case "rsplit" -> split(self, given.bind(name, SPLIT), true);
      case "splitlines" ->
          strings(self, Strings.lines(text, given.bind(name, LINES).flag(0, false)));
      case "startswith" -> BoolValue.of(affix(self, given.bind(name, WITHIN), true));
      case "endswith" -> BoolValue.of(affix(self, given.bind(name, WITHIN), false));
      case "replace" -> replace(self, given.bind(name, REPLACE));
      case "join" -> join(self, operators.iterate(one(name, given)));
      case "format" -> new BraceFormat(self, given, attributes, budget).format();
      case "format_map" -> formatMap(self, one(name, given));
      case "find" -> IntValue.of(find(self, given.bind(name, WITHIN), false));
      case "rfind" -> IntValue.of(find(self, given.bind(name, WITHIN), true));
      case "index" -> found(find(self, given.bind(name, WITHIN), false));
      case "rindex" -> found(find(self, given.bind(name, WITHIN), true));
      case "count" -> IntValue.of(count(self, given.bind(name, WITHIN)));
      case "partition" -> partition(self, oneString(name, given), false);
      case "rpartition" -> partition(self, oneString(name, given), true);
      case "removeprefix" -> {
        String prefix = oneString(name, given).text();
        yield text.startsWith(prefix) ? self.like(text.substring(prefix.length())) : self;
      }
      case "removesuffix" -> {
        String suffix = oneString(name, given).text();
        yield text.endsWith(suffix)
            ? self.like(text.substring(0, text.length() - suffix.length()))
            : self;
      }
      case "center", "ljust", "rjust" -> pad(self, name, given.bind(name, PAD));
      case "zfill" -> zeroFill(self, given.bind(name, ONE).integer(0, 0));
      case "expandtabs" ->
          self.like(Strings.expandTabs(text, given.bind(name, TABS).integer(0, 8), budget));
      case "encode", "maketrans", "translate" ->
          throw Failure.unsupported("str." + name + " is not supported");
      case "striptags" -> new StringValue(Strings.stripTags(text));
      case "unescape" -> new StringValue(Strings.unescapeHtml(text));
      default -> {
        given.bind(name, NONE);
        yield simple(self, name);
      }
    };
  }

  /** Methods without parameters. */
  private static Value simple(StringValue self, String name) {
    String text = self.text();
    return switch (name) {
      case "lower" -> self.like(text.toLowerCase(Locale.ROOT));
      case "upper" -> self.like(text.toUpperCase(Locale.ROOT));
      case "casefold" ->
          self.like(text.toUpperCase(Locale.ROOT).toLowerCase(Locale.ROOT).replace("ß", "ss"));
      case "capitalize" -> self.like(Strings.capitalize(text));
      case "title" -> self.like(Strings.title(text));
      case "swapcase" -> self.like(Strings.swapCase(text));
      default -> BoolValue.of(Strings.is(text, name));
    };
  }

  private static Value one(String name, Arguments given) {
    return given.bind(name, ONE).require(0);
  }

  private static StringValue oneString(String name, Arguments given) {
    return given.bind(name, ONE).stringValue(0);
  }

  /** The characters to strip; null for white space. */
  private static @Nullable Value optional(String name, Arguments given) {
    return given.bind(name, CHARACTERS).orNull(0);
  }

  StringValue strip(StringValue self, @Nullable Value characters, boolean left, boolean right) {
    String set = null;
    if (characters != null) {
      if (!(characters instanceof StringValue string)) {
        operators.requireDefined(characters);
        throw Failure.type("strip arg must be None or str");
      }
      set = string.text();
    }
    String stripped = Strings.strip(self.text(), set, left, right);
    return stripped.length() == self.text().length() ? self : self.like(stripped);
  }

  private Value split(StringValue self, Bound given, boolean fromRight) {
    int most = given.integer(1, -1);
    Value separator = given.orNull(0);
    if (separator == null) {
      return strings(self, Strings.splitSpace(self.text(), most, fromRight));
    }
    if (!(separator instanceof StringValue string)) {
      operators.requireDefined(separator);
      throw Failure.type("must be str or None, not " + separator.typeName());
    }
    if (string.text().isEmpty()) {
      throw Failure.value("empty separator");
    }
    return strings(self, Strings.split(self.text(), string.text(), most, fromRight));
  }

  private ArrayValue strings(StringValue self, List<String> parts) {
    budget.elements(parts.size());
    List<Value> values = new ArrayList<>(parts.size());
    for (String part : parts) {
      values.add(self.like(part));
    }
    return ArrayValue.list(values, operators.limits());
  }

  private boolean affix(StringValue self, Bound given, boolean isPrefix) {
    int[] range = range(self, given);
    Value affix = given.require(0);
    if (affix instanceof ArrayValue choices && !choices.isList()) {
      for (Value choice : choices.items()) {
        if (choice instanceof StringValue string && affix(self, string, range, isPrefix)) {
          return true;
        }
      }
      return false;
    }
    if (!(affix instanceof StringValue string)) {
      throw Failure.type(
          (isPrefix ? "startswith" : "endswith")
              + " first arg must be str or a tuple of str, not "
              + affix.typeName());
    }
    return affix(self, string, range, isPrefix);
  }

  private static boolean affix(StringValue self, StringValue affix, int[] range, boolean isPrefix) {
    int length = affix.text().length();
    if (range[0] > range[1] || range[1] - range[0] < length) {
      return false;
    }
    return self.text().startsWith(affix.text(), isPrefix ? range[0] : range[1] - length);
  }

  /** The UTF-16 range that the optional second and third arguments select, as slices do. */
  private static int[] range(StringValue self, Bound given) {
    String text = self.text();
    int length = self.length();
    int start = position(given.orNull(1), 0, length);
    int end = Math.min(length, position(given.orNull(2), length, length));
    if (start > length) {
      return new int[] {text.length() + 1, text.length()};
    }
    int from = text.offsetByCodePoints(0, start);
    return new int[] {from, text.offsetByCodePoints(0, end)};
  }

  private static int position(@Nullable Value value, int otherwise, int length) {
    if (value == null) {
      return otherwise;
    }
    if (!Numbers.isInteger(value)) {
      throw Failure.type("slice indices must be integers or None or have an __index__ method");
    }
    int index = Numbers.clamp(value);
    return index < 0 ? Math.max(0, index + length) : index;
  }

  /** The code point index of the match, or -1. */
  private static int find(StringValue self, Bound given, boolean fromRight) {
    String part = given.string(0);
    int[] range = range(self, given);
    if (range[0] > range[1]) {
      return -1;
    }
    String window = self.text().substring(range[0], range[1]);
    int index = fromRight ? window.lastIndexOf(part) : window.indexOf(part);
    return index < 0 ? -1 : self.text().codePointCount(0, range[0] + index);
  }

  private static Value found(int index) {
    if (index < 0) {
      throw Failure.value("substring not found");
    }
    return IntValue.of(index);
  }

  private static int count(StringValue self, Bound given) {
    String part = given.string(0);
    int[] range = range(self, given);
    if (range[0] > range[1]) {
      return 0;
    }
    String window = self.text().substring(range[0], range[1]);
    if (part.isEmpty()) {
      return window.codePointCount(0, window.length()) + 1;
    }
    int count = 0;
    for (int i = window.indexOf(part); i >= 0; i = window.indexOf(part, i + part.length())) {
      count++;
    }
    return count;
  }

  private Value replace(StringValue self, Bound given) {
    String old = self.combine(given.stringValue(0));
    String replacement = self.combine(given.stringValue(1));
    return self.like(Strings.replace(self.text(), old, replacement, given.integer(2, -1), budget));
  }

  /** {@code self.join(items)}. */
  private StringValue join(StringValue self, Iterator<Value> items) {
    Text out = new Text(budget);
    for (int i = 0; items.hasNext(); i++) {
      if (i > 0) {
        out.append(self.text());
      }
      Value item = items.next();
      if (self.isSafe()) {
        out.append(Html.escape(item, budget).text());
      } else if (item instanceof StringValue string) {
        out.append(string.text());
      } else {
        throw Failure.type(
            "sequence item " + i + ": expected str instance, " + item.typeName() + " found");
      }
    }
    return self.like(out.toString());
  }

  private Value formatMap(StringValue self, Value mapping) {
    if (!(mapping instanceof DictValue dict)) {
      throw Failure.type("format requires a mapping");
    }
    List<String> names = new ArrayList<>();
    List<Value> values = new ArrayList<>();
    for (var entry : dict.entries().entrySet()) {
      if (entry.getKey() instanceof StringValue name) {
        names.add(name.text());
        values.add(entry.getValue());
      }
    }
    Arguments named = new Arguments(List.of(), names, values);
    return new BraceFormat(self, named, attributes, budget).format();
  }

  private Value partition(StringValue self, StringValue separator, boolean fromRight) {
    if (separator.text().isEmpty()) {
      throw Failure.value("empty separator");
    }
    String text = self.text();
    int index = fromRight ? text.lastIndexOf(separator.text()) : text.indexOf(separator.text());
    Value empty = self.like("");
    List<Value> parts =
        index >= 0
            ? List.of(
                self.like(text.substring(0, index)),
                self.like(separator.text()),
                self.like(text.substring(index + separator.text().length())))
            : fromRight ? List.of(empty, empty, self) : List.of(self, empty, empty);
    return ArrayValue.tuple(parts, operators.limits());
  }

  private Value pad(StringValue self, String name, Bound given) {
    Value fill = given.or(1, new StringValue(" "));
    if (!(fill instanceof StringValue filler) || filler.length() != 1) {
      throw Failure.type("The fill character must be exactly one character long");
    }
    int padding = Math.max(0, given.integer(0, 0) - self.length());
    budget.characters(padding);
    int left =
        switch (name) {
          case "ljust" -> 0;
          case "rjust" -> padding;
          default -> Strings.centerLeft(padding, given.integer(0, 0));
        };
    String text = filler.text();
    return self.like(text.repeat(left) + self.text() + text.repeat(padding - left));
  }

  private Value zeroFill(StringValue self, int width) {
    int padding = Math.max(0, width - self.length());
    budget.characters(padding);
    String text = self.text();
    int sign = text.startsWith("-") || text.startsWith("+") ? 1 : 0;
    return self.like(text.substring(0, sign) + "0".repeat(padding) + text.substring(sign));
  }
}
