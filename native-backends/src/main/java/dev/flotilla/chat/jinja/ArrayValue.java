package dev.flotilla.chat.jinja;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A list or a tuple. Immutable, as the sandbox refuses whatever would change a list. */
final class ArrayValue implements SequenceValue {

  /** The Python types that this class stands for. */
  enum Type {
    LIST("list"),
    TUPLE("tuple"),
    /**
     * What {@code groupby} yields: a pair that also answers to {@code grouper} and {@code list}.
     */
    GROUP("_GroupTuple");

    private final String typeName;

    Type(String typeName) {
      this.typeName = typeName;
    }
  }

  static final ArrayValue EMPTY_TUPLE = new ArrayValue(Type.TUPLE, List.of(), 0, 1);

  private final Type type;
  private final List<Value> items;
  private final int depth;
  private final long weight;

  private ArrayValue(Type type, List<Value> items, int depth, long weight) {
    this.type = type;
    this.items = items;
    this.depth = depth;
    this.weight = weight;
  }

  /** Takes over {@code items}, which must not change afterwards. */
  static ArrayValue of(Type type, List<Value> items, Limits limits) {
    int depth = 0;
    long weight = 1;
    for (int i = 0; i < items.size(); i++) {
      Value item = items.get(i);
      depth = Math.max(depth, item.depth());
      weight += item.weight();
    }
    checkSize(depth + 1, weight, limits);
    return new ArrayValue(type, items, depth + 1, weight);
  }

  static ArrayValue list(List<Value> items, Limits limits) {
    return of(Type.LIST, items, limits);
  }

  static ArrayValue tuple(List<Value> items, Limits limits) {
    return of(Type.TUPLE, items, limits);
  }

  static ArrayValue pair(Value first, Value second, Limits limits) {
    return tuple(List.of(first, second), limits);
  }

  /** The same elements as a list. */
  ArrayValue asList() {
    return type == Type.LIST ? this : new ArrayValue(Type.LIST, items, depth, weight);
  }

  static void checkSize(int depth, long weight, Limits limits) {
    if (depth > limits.nesting()) {
      throw Failure.limit("values nest deeper than " + limits.nesting() + " levels");
    }
    if (weight > limits.elements()) {
      throw Failure.limit("a container holds more elements than the limit allows");
    }
  }

  boolean isList() {
    return type == Type.LIST;
  }

  boolean isGroup() {
    return type == Type.GROUP;
  }

  List<Value> items() {
    return items;
  }

  @Override
  public String typeName() {
    return type.typeName;
  }

  @Override
  public int length() {
    return items.size();
  }

  @Override
  public Value get(int index) {
    return items.get(index);
  }

  @Override
  public ArrayValue slice(int start, int stop, int step, int count) {
    Type result = type == Type.LIST ? Type.LIST : Type.TUPLE;
    if (count == 0) {
      return new ArrayValue(result, List.of(), 1, 1);
    }
    if (step == 1) {
      return new ArrayValue(result, items.subList(start, start + count), depth, weight);
    }
    List<Value> slice = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      slice.add(items.get(start + i * step));
    }
    return new ArrayValue(result, slice, depth, weight);
  }

  @Override
  public Iterator<Value> iterator() {
    return items.iterator();
  }

  @Override
  public void repr(Text out) {
    out.append(isList() ? '[' : '(');
    for (int i = 0; i < items.size(); i++) {
      if (i > 0) {
        out.append(", ");
      }
      items.get(i).repr(out);
    }
    if (!isList() && items.size() == 1) {
      out.append(',');
    }
    out.append(isList() ? ']' : ')');
  }

  @Override
  public int depth() {
    return depth;
  }

  @Override
  public long weight() {
    return weight;
  }

  @Override
  public boolean isHashable() {
    if (isList()) {
      return false;
    }
    for (Value item : items) {
      if (!item.isHashable()) {
        return false;
      }
    }
    return true;
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return this == other
        || (other instanceof ArrayValue array
            && isList() == array.isList()
            && items.equals(array.items));
  }

  @Override
  public int hashCode() {
    return items.hashCode();
  }

  /** A copy in the opposite order. */
  static List<Value> reversed(List<Value> items) {
    List<Value> copy = new ArrayList<>(items);
    Collections.reverse(copy);
    return copy;
  }
}
