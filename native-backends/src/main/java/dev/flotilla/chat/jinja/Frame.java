package dev.flotilla.chat.jinja;

import org.jspecify.annotations.Nullable;

/** The variables of one call of a function: of the template itself, a macro, a recursive loop. */
final class Frame {
  private final @Nullable Value[] slots;
  private final @Nullable Frame parent;

  /**
   * An empty frame.
   *
   * @param parent the frame around the function's definition
   */
  Frame(int size, @Nullable Frame parent) {
    this.slots = new @Nullable Value[size];
    this.parent = parent;
  }

  /** The variables; null where one is not set. */
  @Nullable Value[] slots() {
    return slots;
  }

  /** The frame {@code hops} further out. */
  Frame out(int hops) {
    Frame frame = this;
    for (int i = hops; i > 0; i--) {
      Frame outer = frame.parent;
      if (outer == null) {
        throw new IllegalStateException("no frame that far out");
      }
      frame = outer;
    }
    return frame;
  }
}
