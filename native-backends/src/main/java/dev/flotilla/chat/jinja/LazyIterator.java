package dev.flotilla.chat.jinja;

import java.util.Iterator;
import java.util.NoSuchElementException;
import org.jspecify.annotations.Nullable;

/** An iterator that finds each element when it is asked for. */
abstract class LazyIterator implements Iterator<Value> {
  private @Nullable Value next;

  /** The next element; null at the end, also when asked again. */
  abstract @Nullable Value advance();

  @Override
  public final boolean hasNext() {
    if (next == null) {
      next = advance();
    }
    return next != null;
  }

  @Override
  public final Value next() {
    if (!hasNext() || next == null) {
      throw new NoSuchElementException();
    }
    Value value = next;
    next = null;
    return value;
  }
}
