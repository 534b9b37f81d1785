package dev.flotilla.chat.jinja;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** The evaluated arguments of a call; {@code names} and {@code named} are parallel. */
record Arguments(List<Value> positional, List<String> names, List<Value> named) {
  static final Arguments NONE = new Arguments(List.of(), List.of(), List.of());

  static Arguments of(Value... positional) {
    return new Arguments(List.of(positional), List.of(), List.of());
  }

  int count() {
    return positional.size() + names.size();
  }

  /** These arguments less the first {@code count} positional ones. */
  Arguments dropFirst(int count) {
    return new Arguments(positional.subList(count, positional.size()), names, named);
  }

  @Nullable Value named(String name) {
    int index = names.indexOf(name);
    return index < 0 ? null : named.get(index);
  }

  /** As Python binds arguments to parameters. */
  Bound bind(String function, Parameters parameters) {
    @Nullable Value[] values = new @Nullable Value[parameters.names().size()];
    if (positional.size() > values.length) {
      throw Failure.type(
          function + "() takes at most " + values.length + " arguments (" + count() + " given)");
    }
    for (int i = 0; i < positional.size(); i++) {
      values[i] = positional.get(i);
    }
    for (int i = 0; i < names.size(); i++) {
      int index = parameters.indexOf(names.get(i));
      if (index < 0) {
        throw Failure.type(
            function + "() got an unexpected keyword argument " + Chars.quote(names.get(i)));
      }
      if (values[index] != null) {
        throw Failure.type(
            function + "() got multiple values for argument " + Chars.quote(names.get(i)));
      }
      values[index] = named.get(i);
    }
    for (int i = 0; i < parameters.required(); i++) {
      if (values[i] == null) {
        throw Failure.type(
            function + "() missing required argument: " + Chars.quote(parameters.names().get(i)));
      }
    }
    return new Bound(function, values);
  }

  /**
   * What a function takes.
   *
   * @param required how many of the first must be given
   * @param positionalOnly how many of the first cannot be given by name
   */
  record Parameters(int required, int positionalOnly, List<String> names) {
    Parameters(int required, int positionalOnly, String... names) {
      this(required, positionalOnly, List.of(names));
    }

    int indexOf(String name) {
      for (int i = positionalOnly; i < names.size(); i++) {
        if (names.get(i).equals(name)) {
          return i;
        }
      }
      return -1;
    }
  }

  /** Arguments in their parameters' places; null where one was not given. */
  static final class Bound {
    private final String function;
    private final @Nullable Value[] values;

    Bound(String function, @Nullable Value... values) {
      this.function = function;
      this.values = values;
    }

    @Nullable Value get(int index) {
      return values[index];
    }

    /** A required argument. */
    Value require(int index) {
      Value value = values[index];
      if (value == null) {
        throw new IllegalStateException(function);
      }
      return value;
    }

    Value or(int index, Value otherwise) {
      Value value = values[index];
      return value == null ? otherwise : value;
    }

    /** Null if not given or {@code None}. */
    @Nullable Value orNull(int index) {
      Value value = values[index];
      return value == NoneValue.NONE ? null : value;
    }

    boolean flag(int index, boolean otherwise) {
      Value value = values[index];
      return value == null ? otherwise : value.isTrue();
    }

    int integer(int index, int otherwise) {
      Value value = values[index];
      if (value == null) {
        return otherwise;
      }
      if (!Numbers.isInteger(value)) {
        throw Failure.type("'" + value.typeName() + "' object cannot be interpreted as an integer");
      }
      return Numbers.clamp(value);
    }

    String string(int index) {
      return stringValue(index).text();
    }

    StringValue stringValue(int index) {
      Value value = require(index);
      if (value instanceof StringValue string) {
        return string;
      }
      throw Failure.type(
          function + "() argument " + (index + 1) + " must be str, not " + value.typeName());
    }
  }
}
