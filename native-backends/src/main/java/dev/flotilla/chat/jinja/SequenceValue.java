package dev.flotilla.chat.jinja;

/** A sequence that can be indexed, sliced and iterated, other than a string. */
sealed interface SequenceValue extends Value permits ArrayValue, RangeValue {

  @Override
  int length();

  /** The element at {@code index}, which is in range. */
  Value get(int index);

  /**
   * Python's {@code value[start:stop:step]}.
   *
   * @param start within the value's bounds, as is {@code stop}, unless the slice is empty
   * @param count how many elements that selects
   */
  Value slice(int start, int stop, int step, int count);

  @Override
  default boolean isTrue() {
    return length() != 0;
  }
}
