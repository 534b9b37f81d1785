package dev.flotilla.chat.jinja;

import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * {@code object.name}, {@code object[key]} and slices, with the immutable sandbox's rules: names
 * that start with an underscore and methods that would change a value yield an undefined value.
 */
final class Attributes {
  /** What every Python object has; the sandbox denies them all. */
  private static final Set<String> INTERNALS =
      Set.of(
          "__class__",
          "__doc__",
          "__init__",
          "__new__",
          "__repr__",
          "__str__",
          "__eq__",
          "__ne__",
          "__hash__",
          "__getattribute__",
          "__setattr__",
          "__delattr__",
          "__dir__",
          "__format__",
          "__reduce__",
          "__reduce_ex__",
          "__sizeof__",
          "__subclasshook__",
          "__init_subclass__",
          "__lt__",
          "__le__",
          "__gt__",
          "__ge__");

  private static final Set<String> STRING_METHODS =
      Set.of(
          "capitalize",
          "casefold",
          "center",
          "count",
          "encode",
          "endswith",
          "expandtabs",
          "find",
          "format",
          "format_map",
          "index",
          "isalnum",
          "isalpha",
          "isascii",
          "isdecimal",
          "isdigit",
          "isidentifier",
          "islower",
          "isnumeric",
          "isprintable",
          "isspace",
          "istitle",
          "isupper",
          "join",
          "ljust",
          "lower",
          "lstrip",
          "maketrans",
          "partition",
          "removeprefix",
          "removesuffix",
          "replace",
          "rfind",
          "rindex",
          "rjust",
          "rpartition",
          "rsplit",
          "rstrip",
          "split",
          "splitlines",
          "startswith",
          "strip",
          "swapcase",
          "title",
          "translate",
          "upper",
          "zfill");

  private static final Set<String> MARKUP_METHODS = Set.of("striptags", "unescape");
  private static final Set<String> DICT_METHODS =
      Set.of("get", "keys", "values", "items", "copy", "fromkeys");
  private static final Set<String> DICT_CHANGES =
      Set.of("clear", "pop", "popitem", "setdefault", "update");
  private static final Set<String> LIST_METHODS = Set.of("count", "index", "copy");
  private static final Set<String> LIST_CHANGES =
      Set.of("append", "clear", "pop", "reverse", "insert", "sort", "extend", "remove");

  private final Budget budget;

  Attributes(Budget budget) {
    this.budget = budget;
  }

  /** {@code object.name}: an attribute, failing that an item, failing that undefined. */
  Value attribute(Value object, StringValue name) {
    if (object instanceof UndefinedValue undefined) {
      if (INTERNALS.contains(name.text())) {
        return UndefinedValue.unsafe(object, name.text());
      }
      throw undefined.failure(budget);
    }
    Value found = find(object, name.text());
    if (found == null && object instanceof DictValue dict) {
      found = dict.get(name);
    }
    return found == null ? UndefinedValue.element(object, name) : found;
  }

  /** {@code object[key]}: an item, failing that an attribute, failing that undefined. */
  Value item(Value object, Value key) {
    Value found = null;
    if (object instanceof DictValue dict) {
      found = key.isHashable() ? dict.get(key) : null;
    } else if (object instanceof UndefinedValue undefined) {
      throw undefined.failure(budget);
    } else if (Numbers.isInteger(key)) {
      found = element(object, Numbers.clamp(key));
    }
    if (found == null && key instanceof StringValue name) {
      found = find(object, name.text());
    }
    return found == null ? UndefinedValue.element(object, key) : found;
  }

  private static @Nullable Value element(Value object, int index) {
    if (!(object instanceof SequenceValue) && !(object instanceof StringValue)) {
      return null;
    }
    int length = object.length();
    int position = index < 0 ? index + length : index;
    if (position < 0 || position >= length) {
      return null;
    }
    return object instanceof StringValue text
        ? text.at(position)
        : ((SequenceValue) object).get(position);
  }

  /** The attribute, one that stands for a denied attribute, or null if there is none. */
  @Nullable Value find(Value object, String name) {
    if (object instanceof DictValue) {
      if (DICT_METHODS.contains(name)) {
        return new MethodValue(object, name);
      }
      return DICT_CHANGES.contains(name) || INTERNALS.contains(name)
          ? UndefinedValue.unsafe(object, name)
          : null;
    }
    Value found = own(object, name);
    boolean isDenied = found == null ? INTERNALS.contains(name) : name.startsWith("_");
    return isDenied ? UndefinedValue.unsafe(object, name) : found;
  }

  private @Nullable Value own(Value object, String name) {
    if (object instanceof StringValue string) {
      boolean isMethod =
          STRING_METHODS.contains(name) || (string.isSafe() && MARKUP_METHODS.contains(name));
      return isMethod ? new MethodValue(object, name) : null;
    }
    if (object instanceof NamespaceValue namespace) {
      return namespace.get(new StringValue(name));
    }
    if (object instanceof LoopValue loop) {
      return loop.attribute(name);
    }
    if (object instanceof ArrayValue array) {
      return arrayAttribute(array, name);
    }
    if (object instanceof RangeValue range) {
      return rangeAttribute(range, name);
    }
    if (object instanceof Callable callable) {
      return callableAttribute(callable, name);
    }
    return Numbers.isNumber(object) ? numberAttribute(object, name) : null;
  }

  private static @Nullable Value arrayAttribute(ArrayValue array, String name) {
    if (array.isList() && LIST_CHANGES.contains(name)) {
      return UndefinedValue.unsafe(array, name);
    }
    if (array.isGroup() && name.equals("grouper")) {
      return array.get(0);
    }
    if (array.isGroup() && name.equals("list")) {
      return array.get(1);
    }
    boolean isMethod = LIST_METHODS.contains(name) && (array.isList() || !name.equals("copy"));
    return isMethod ? new MethodValue(array, name) : null;
  }

  private static @Nullable Value rangeAttribute(RangeValue range, String name) {
    return switch (name) {
      case "start" -> IntValue.of(range.start());
      case "stop" -> IntValue.of(range.stop());
      case "step" -> IntValue.of(range.step());
      case "count", "index" -> new MethodValue(range, name);
      default -> null;
    };
  }

  private static @Nullable Value callableAttribute(Callable callable, String name) {
    if (callable instanceof Callable.Macro macro && name.equals("name")) {
      return macro.name() == null ? NoneValue.NONE : new StringValue(macro.name());
    }
    if (callable instanceof Callable.Cycler cycler) {
      return switch (name) {
        case "current" -> cycler.current();
        case "next", "reset" -> new MethodValue(cycler, name);
        default -> null;
      };
    }
    return null;
  }

  private static @Nullable Value numberAttribute(Value number, String name) {
    boolean isFloat = number instanceof FloatValue;
    return switch (name) {
      case "real" -> isFloat ? number : Numbers.plainInteger(number);
      case "imag" -> isFloat ? new FloatValue(0) : IntValue.of(0);
      case "numerator" -> isFloat ? null : Numbers.plainInteger(number);
      case "denominator" -> isFloat ? null : IntValue.of(1);
      case "conjugate" -> new MethodValue(number, name);
      case "is_integer" -> isFloat ? new MethodValue(number, name) : null;
      case "bit_length" -> isFloat ? null : new MethodValue(number, name);
      default -> null;
    };
  }

  /** {@code object[start:stop:step]}; {@code None} or null for a part that is not given. */
  Value slice(Value object, @Nullable Value start, @Nullable Value stop, @Nullable Value step) {
    if (object instanceof UndefinedValue undefined) {
      throw undefined.failure(budget);
    }
    boolean isSequence = object instanceof SequenceValue || object instanceof StringValue;
    if (!isSequence) {
      throw Failure.type(
          object instanceof DictValue
              ? "unhashable type: 'slice'"
              : "'" + object.typeName() + "' object is not subscriptable");
    }
    int by = part(step, 1);
    if (by == 0) {
      throw Failure.value("slice step cannot be zero");
    }
    int length = object.length();
    int low = by > 0 ? 0 : -1;
    int high = by > 0 ? length : length - 1;
    int from = bound(part(start, by > 0 ? low : high), start, length, low, high);
    int to = bound(part(stop, by > 0 ? high : low), stop, length, low, high);
    long distance = by > 0 ? (long) to - from : (long) from - to;
    long stride = Math.abs((long) by);
    int count = (int) Math.max(0, (distance + stride - 1) / stride);
    if (object instanceof StringValue text) {
      return slice(text, from, by, count);
    }
    budget.elements(count);
    return ((SequenceValue) object).slice(from, to, by, count);
  }

  private StringValue slice(StringValue text, int from, int by, int count) {
    budget.characters(count);
    if (count == 0) {
      return text.like("");
    }
    if (by == 1) {
      return text.between(from, from + count);
    }
    int[] characters = text.text().codePoints().toArray();
    StringBuilder slice = new StringBuilder(count);
    for (int i = 0; i < count; i++) {
      slice.appendCodePoint(characters[from + i * by]);
    }
    return text.like(slice.toString());
  }

  private static int part(@Nullable Value value, int otherwise) {
    if (value == null || value == NoneValue.NONE) {
      return otherwise;
    }
    if (!Numbers.isInteger(value)) {
      throw Failure.type("slice indices must be integers or None or have an __index__ method");
    }
    return Numbers.clamp(value);
  }

  private static int bound(int index, @Nullable Value given, int length, int low, int high) {
    boolean isGiven = given != null && given != NoneValue.NONE;
    long position = isGiven && index < 0 ? (long) index + length : index;
    return Math.clamp(position, low, Math.max(low, high));
  }
}
