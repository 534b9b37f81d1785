package dev.flotilla.chat.jinja;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Python's {@code json.dumps}. */
final class Json {
  private final Text text;
  private final StringBuilder out;
  private final boolean asciiOnly;
  private final @Nullable String indent;
  private final String itemSeparator;
  private final String keySeparator;
  private final boolean sortsKeys;
  private final Operators operators;
  private int level;

  /**
   * A serialisation.
   *
   * @param indent one level's indentation; null for everything on one line
   */
  Json(
      boolean asciiOnly,
      @Nullable String indent,
      @Nullable String itemSeparator,
      @Nullable String keySeparator,
      boolean sortsKeys,
      Operators operators) {
    this.text = new Text(operators.budget());
    this.out = text.builder();
    this.asciiOnly = asciiOnly;
    this.indent = indent;
    this.itemSeparator = itemSeparator != null ? itemSeparator : indent == null ? ", " : ",";
    this.keySeparator = keySeparator != null ? keySeparator : ": ";
    this.sortsKeys = sortsKeys;
    this.operators = operators;
  }

  String dump(Value value) {
    write(value);
    return text.toString();
  }

  private void write(Value value) {
    if (value instanceof StringValue string) {
      quote(string.text());
    } else if (value instanceof IntValue integer) {
      out.append(integer.value());
    } else if (value instanceof BoolValue) {
      out.append(value.isTrue() ? "true" : "false");
    } else if (value == NoneValue.NONE) {
      out.append("null");
    } else if (value instanceof FloatValue number) {
      out.append(number(number.value()));
    } else if (value instanceof DictValue dict) {
      write(dict);
    } else if (value instanceof ArrayValue array) {
      write(array);
    } else if (value instanceof BigIntValue integer) {
      out.append(integer.value());
    } else {
      throw Failure.type("Object of type " + value.typeName() + " is not JSON serializable");
    }
  }

  private void write(ArrayValue array) {
    if (array.length() == 0) {
      out.append("[]");
      return;
    }
    out.append('[');
    level++;
    for (int i = 0; i < array.length(); i++) {
      if (i > 0) {
        out.append(itemSeparator);
      }
      newLine();
      write(array.get(i));
    }
    level--;
    newLine();
    out.append(']');
    text.charge();
  }

  private void write(DictValue dict) {
    if (!dict.isTrue()) {
      out.append("{}");
      return;
    }
    out.append('{');
    level++;
    Iterator<Value> keys = (sortsKeys ? sortedKeys(dict) : dict.entries().keySet()).iterator();
    Map<Value, Value> entries = dict.entries();
    while (keys.hasNext()) {
      Value key = keys.next();
      newLine();
      quote(key(key));
      out.append(keySeparator);
      Value value = entries.get(key);
      write(value == null ? NoneValue.NONE : value);
      if (keys.hasNext()) {
        out.append(itemSeparator);
      }
    }
    level--;
    newLine();
    out.append('}');
    text.charge();
  }

  private List<Value> sortedKeys(DictValue dict) {
    List<Value> keys = new ArrayList<>(dict.entries().keySet());
    Sorting.sort(keys, keys, false, operators);
    return keys;
  }

  private String key(Value key) {
    if (key instanceof StringValue string) {
      return string.text();
    }
    if (key instanceof FloatValue number) {
      return number(number.value());
    }
    if (key instanceof BoolValue) {
      return key.isTrue() ? "true" : "false";
    }
    if (key == NoneValue.NONE) {
      return "null";
    }
    if (Numbers.isInteger(key)) {
      return Numbers.asBigInteger(key).toString();
    }
    throw Failure.type("keys must be str, int, float, bool or None, not " + key.typeName());
  }

  private static String number(double value) {
    if (Double.isNaN(value)) {
      return "NaN";
    }
    if (Double.isInfinite(value)) {
      return value > 0 ? "Infinity" : "-Infinity";
    }
    return Numbers.repr(value);
  }

  private void newLine() {
    if (indent != null) {
      out.append('\n');
      for (int i = 0; i < level; i++) {
        out.append(indent);
      }
      text.charge();
    }
  }

  private void quote(String string) {
    out.append('"');
    int plain = 0;
    for (int i = 0; i < string.length(); i++) {
      char c = string.charAt(i);
      if (c >= ' ' && c != '"' && c != '\\' && (c < 0x7f || !asciiOnly)) {
        continue;
      }
      if (asciiOnly && c == 0x7f) {
        continue;
      }
      out.append(string, plain, i);
      plain = i + 1;
      escape(c);
    }
    out.append(string, plain, string.length()).append('"');
    text.charge();
  }

  private void escape(char c) {
    switch (c) {
      case '"' -> out.append("\\\"");
      case '\\' -> out.append("\\\\");
      case '\n' -> out.append("\\n");
      case '\r' -> out.append("\\r");
      case '\t' -> out.append("\\t");
      case '\b' -> out.append("\\b");
      case '\f' -> out.append("\\f");
      default -> Chars.hex(c, 4, out.append("\\u"));
    }
  }
}
