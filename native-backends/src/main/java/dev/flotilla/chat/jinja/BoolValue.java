package dev.flotilla.chat.jinja;

import org.jspecify.annotations.Nullable;

/** {@code True} or {@code False}, which are also the integers 1 and 0. */
final class BoolValue implements Value {
  static final BoolValue TRUE = new BoolValue(true);
  static final BoolValue FALSE = new BoolValue(false);

  private final boolean value;

  private BoolValue(boolean value) {
    this.value = value;
  }

  static BoolValue of(boolean value) {
    return value ? TRUE : FALSE;
  }

  @Override
  public String typeName() {
    return "bool";
  }

  @Override
  public boolean isTrue() {
    return value;
  }

  @Override
  public void repr(Text out) {
    out.append(value ? "True" : "False");
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return this == other || (other instanceof Value number && Numbers.equal(this, number));
  }

  @Override
  public int hashCode() {
    return value ? 1 : 0;
  }
}
