package dev.flotilla.chat.jinja;

import java.util.List;

/** A value that can be called, other than a {@link LoopValue}. */
sealed interface Callable extends Value
    permits Callable.Macro, MethodValue, GlobalFunction, Callable.Cycler, Callable.Joiner {

  /**
   * A macro, or a call block's body.
   *
   * @param name null for a call block
   * @param frame the variables around its definition
   */
  record Macro(
      @org.jspecify.annotations.Nullable String name,
      Statement.Signature signature,
      List<Statement> body,
      int scope,
      Frame frame)
      implements Callable {
    @Override
    public String typeName() {
      return "Macro";
    }

    @Override
    public void repr(Text out) {
      out.append("<Macro ");
      if (name == null) {
        out.append("anonymous>");
      } else {
        out.quote(name).append('>');
      }
    }

    @Override
    public boolean equals(@org.jspecify.annotations.Nullable Object other) {
      return this == other;
    }

    @Override
    public int hashCode() {
      return System.identityHashCode(this);
    }
  }

  /** {@code cycler(…)}. */
  final class Cycler implements Callable {
    private final List<Value> items;
    private int position;

    Cycler(List<Value> items) {
      this.items = items;
    }

    Value current() {
      return items.get(position);
    }

    Value next() {
      Value value = current();
      position = (position + 1) % items.size();
      return value;
    }

    void reset() {
      position = 0;
    }

    @Override
    public String typeName() {
      return "Cycler";
    }

    @Override
    public void repr(Text out) {
      out.append("<jinja2.utils.Cycler object>");
    }
  }

  /** {@code joiner(separator)}: nothing at its first call, the separator at each later one. */
  final class Joiner implements Callable {
    private final Value separator;
    private boolean isUsed;

    Joiner(Value separator) {
      this.separator = separator;
    }

    Value next() {
      Value value = isUsed ? separator : StringValue.EMPTY;
      isUsed = true;
      return value;
    }

    @Override
    public String typeName() {
      return "Joiner";
    }

    @Override
    public void repr(Text out) {
      out.append("<jinja2.utils.Joiner object>");
    }
  }
}
