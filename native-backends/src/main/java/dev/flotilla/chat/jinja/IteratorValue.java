package dev.flotilla.chat.jinja;

import java.util.Iterator;

/** A lazy sequence that can be read once: what {@code map}, {@code select} and others return. */
final class IteratorValue implements Value {
  private final String typeName;
  private final Iterator<Value> iterator;
  private final int depth;

  /**
   * A lazy sequence over {@code source}.
   *
   * @param iterator yields its elements; may throw {@link Failure} when asked for one
   */
  IteratorValue(String typeName, Iterator<Value> iterator, Value source, Limits limits) {
    this.typeName = typeName;
    this.iterator = iterator;
    this.depth = source.depth() + 1;
    ArrayValue.checkSize(depth, 1, limits);
  }

  static IteratorValue generator(Iterator<Value> iterator, Value source, Limits limits) {
    return new IteratorValue("generator", iterator, source, limits);
  }

  @Override
  public String typeName() {
    return typeName;
  }

  @Override
  public void repr(Text out) {
    out.append("<").append(typeName).append(" object>");
  }

  @Override
  public Iterator<Value> iterator() {
    return iterator;
  }

  @Override
  public int depth() {
    return depth;
  }
}
