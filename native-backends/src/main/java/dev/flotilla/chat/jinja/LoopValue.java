package dev.flotilla.chat.jinja;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The {@code loop} variable, which is also what drives its loop. */
final class LoopValue implements Value {
  private final Value iterable;
  private final int depth0;

  /** What {@code loop(…)} does in a recursive loop. */
  private final @Nullable Recursion recursion;

  private Iterator<Value> iterator;
  private int index0 = -1;
  private int length = -1;
  private @Nullable Value previous;
  private @Nullable Value current;
  private @Nullable Value peeked;
  private @Nullable Value lastChanged;

  /** Renders a recursive loop's body over another iterable. */
  interface Recursion {
    Value render(Value iterable, int depth0);
  }

  LoopValue(Value iterable, Iterator<Value> iterator, int depth0, @Nullable Recursion recursion) {
    this.iterable = iterable;
    this.iterator = iterator;
    this.depth0 = depth0;
    this.recursion = recursion;
  }

  /** Moves to the next element and returns it; null at the end. */
  @Nullable Value next() {
    Value value = peek();
    peeked = null;
    if (value != null) {
      index0++;
      previous = current;
      current = value;
    }
    return value;
  }

  private @Nullable Value peek() {
    if (peeked == null && iterator.hasNext()) {
      peeked = iterator.next();
    }
    return peeked;
  }

  /** The attribute {@code name}, or null if a loop has none of that name. */
  @Nullable Value attribute(String name) {
    return switch (name) {
      case "index" -> IntValue.of(index0 + 1);
      case "index0" -> IntValue.of(index0);
      case "first" -> BoolValue.of(index0 == 0);
      case "last" -> BoolValue.of(peek() == null);
      case "length" -> IntValue.of(length());
      case "revindex" -> IntValue.of(length() - index0);
      case "revindex0" -> IntValue.of(length() - index0 - 1);
      case "depth" -> IntValue.of(depth0 + 1);
      case "depth0" -> IntValue.of(depth0);
      case "previtem" ->
          previous == null ? UndefinedValue.because("there is no previous item") : previous;
      case "nextitem" -> {
        Value next = peek();
        yield next == null ? UndefinedValue.because("there is no next item") : next;
      }
      case "cycle", "changed" -> new MethodValue(this, name);
      default -> null;
    };
  }

  /** {@code loop.cycle(…)}. */
  Value cycle(List<Value> values) {
    if (values.isEmpty()) {
      throw Failure.type("no items for cycling given");
    }
    return values.get(index0 % values.size());
  }

  /** {@code loop.changed(…)}. */
  boolean changed(Value values) {
    if (values.equals(lastChanged)) {
      return false;
    }
    lastChanged = values;
    return true;
  }

  /** {@code loop(iterable)}. */
  Value recurse(Value inner) {
    if (recursion == null) {
      throw Failure.type("The loop must have the 'recursive' marker to be called recursively.");
    }
    return recursion.render(inner, depth0 + 1);
  }

  /** The number of elements; a lazy sequence is read to its end for it. */
  @Override
  public int length() {
    if (length < 0) {
      length = iterable instanceof IteratorValue ? countAll() : iterable.length();
    }
    return length;
  }

  private int countAll() {
    List<Value> rest = new ArrayList<>();
    iterator.forEachRemaining(rest::add);
    iterator = rest.iterator();
    return rest.size() + index0 + 1 + (peeked == null ? 0 : 1);
  }

  @Override
  public boolean isTrue() {
    return length() != 0;
  }

  @Override
  public String typeName() {
    return "LoopContext";
  }

  @Override
  public void repr(Text out) {
    out.append("<LoopContext ");
    out.builder().append(index0 + 1).append('/').append(length()).append('>');
  }
}
