package dev.flotilla.chat.jinja;

import java.util.Iterator;
import org.jspecify.annotations.Nullable;

/**
 * A Python value that a template can hold. {@link Object#equals} and {@link Object#hashCode} are
 * Python's {@code ==} and {@code hash}: {@code 1 == 1.0 == True}.
 */
sealed interface Value
    permits NoneValue,
        BoolValue,
        IntValue,
        BigIntValue,
        FloatValue,
        StringValue,
        SequenceValue,
        DictValue,
        DictView,
        UndefinedValue,
        NamespaceValue,
        IteratorValue,
        LoopValue,
        Callable {

  /** Python's name of the type, as error messages give it. */
  String typeName();

  /** Python's {@code bool(value)}. */
  default boolean isTrue() {
    return true;
  }

  /** Appends {@code str(value)}. */
  default void str(Text out) {
    repr(out);
  }

  /** Appends {@code repr(value)}. */
  void repr(Text out);

  /** {@code len(value)}, or -1 if the type has none. */
  default int length() {
    return -1;
  }

  /** {@code iter(value)}, or null if the type cannot be iterated. */
  default @Nullable Iterator<Value> iterator() {
    return null;
  }

  /** How deep containers nest below; bounded, so that operations on values may recurse. */
  default int depth() {
    return 0;
  }

  /** How many values there are below, counting shared ones each time; bounded likewise. */
  default long weight() {
    return 1;
  }

  /** Whether {@code hash(value)} exists. */
  default boolean isHashable() {
    return true;
  }
}
