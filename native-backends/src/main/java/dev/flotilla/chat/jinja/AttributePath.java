package dev.flotilla.chat.jinja;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The {@code attribute} argument of a filter: {@code "a.b.0"} looks up step by step. */
final class AttributePath {
  private final List<Value> steps;
  private final Attributes attributes;
  private final @Nullable Value otherwise;

  /**
   * A path.
   *
   * @param attribute null for the element itself
   * @param otherwise stands in for what is undefined on the way; null for nothing
   */
  AttributePath(@Nullable Value attribute, Attributes attributes, @Nullable Value otherwise) {
    this.steps = attribute == null ? List.of() : steps(attribute);
    this.attributes = attributes;
    this.otherwise = otherwise;
  }

  /** The paths of {@code "a,b.c"}; one empty path for null. */
  static List<AttributePath> several(@Nullable Value attribute, Attributes attributes) {
    if (!(attribute instanceof StringValue text)) {
      return List.of(new AttributePath(attribute, attributes, null));
    }
    List<AttributePath> paths = new ArrayList<>();
    for (String path : Strings.split(text.text(), ",", -1, false)) {
      paths.add(new AttributePath(new StringValue(path), attributes, null));
    }
    return paths;
  }

  private static List<Value> steps(Value attribute) {
    if (!(attribute instanceof StringValue text)) {
      return List.of(attribute);
    }
    List<Value> steps = new ArrayList<>();
    for (String step : Strings.split(text.text(), ".", -1, false)) {
      Value index = Strings.is(step, "isdigit") ? Numbers.parseInteger(step, 10) : null;
      steps.add(index == null ? new StringValue(step) : index);
    }
    return steps;
  }

  Value get(Value item) {
    Value value = item;
    for (Value step : steps) {
      value = attributes.item(value, step);
      if (otherwise != null && value instanceof UndefinedValue) {
        value = otherwise;
      }
    }
    return value;
  }

  /** What to compare {@code item} by. */
  Value key(Value item, boolean ignoresCase) {
    return ignoresCase ? Filters.ignoreCase(get(item)) : get(item);
  }
}
