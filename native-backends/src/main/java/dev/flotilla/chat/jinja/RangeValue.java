package dev.flotilla.chat.jinja;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A {@code range}.
 *
 * @param length its number of elements; the sandbox bounds it
 */
record RangeValue(long start, long stop, long step, int length) implements SequenceValue {

  @Override
  public String typeName() {
    return "range";
  }

  @Override
  public Value get(int index) {
    return IntValue.of(start + index * step);
  }

  @Override
  public RangeValue slice(int from, int to, int by, int count) {
    return new RangeValue(start + from * step, start + to * step, step * by, count);
  }

  @Override
  public Iterator<Value> iterator() {
    List<Value> items = new ArrayList<>(length);
    for (int i = 0; i < length; i++) {
      items.add(get(i));
    }
    return items.iterator();
  }

  @Override
  public void repr(Text out) {
    StringBuilder text = out.append("range(").builder().append(start).append(", ").append(stop);
    if (step != 1) {
      text.append(", ").append(step);
    }
    out.append(")");
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof RangeValue range
        && length == range.length
        && (length == 0 || start == range.start)
        && (length <= 1 || step == range.step);
  }

  @Override
  public int hashCode() {
    return 31 * length + (length == 0 ? 0 : Long.hashCode(start));
  }
}
