package dev.flotilla.chat.jinja;

import org.jspecify.annotations.Nullable;

/** An integer that fits 64 bits; wider ones are {@link BigIntValue}. */
record IntValue(long value) implements Value {
  private static final IntValue[] SMALL = new IntValue[256];

  static {
    for (int i = 0; i < SMALL.length; i++) {
      SMALL[i] = new IntValue(i);
    }
  }

  static IntValue of(long value) {
    return value >= 0 && value < SMALL.length ? SMALL[(int) value] : new IntValue(value);
  }

  @Override
  public String typeName() {
    return "int";
  }

  @Override
  public boolean isTrue() {
    return value != 0;
  }

  @Override
  public void repr(Text out) {
    out.builder().append(value);
    out.charge();
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof IntValue integer
        ? value == integer.value
        : other instanceof Value number && Numbers.equal(this, number);
  }

  @Override
  public int hashCode() {
    return Long.hashCode(value);
  }
}
