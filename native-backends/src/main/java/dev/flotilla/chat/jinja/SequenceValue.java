package dev.flotilla.chat.jinja;

/** A sequence that can be indexed, sliced and iterated, other than a string. */
sealed interface SequenceValue extends Value permits ArrayValue, RangeValue {

  @Override
  int length();

  /** The element at {@code index}, which is in range. */
  Value get(int index);

  /** Python's {@code value[start::step]} of {@code count} elements, all in range. */
  Value slice(int start, int step, int count);

  @Override
  default boolean isTrue() {
    return length() != 0;
  }
}
