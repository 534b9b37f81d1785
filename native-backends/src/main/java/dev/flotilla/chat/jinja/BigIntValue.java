package dev.flotilla.chat.jinja;

import java.math.BigInteger;
import org.jspecify.annotations.Nullable;

/** An integer that does not fit 64 bits. */
record BigIntValue(BigInteger value) implements Value {

  @Override
  public String typeName() {
    return "int";
  }

  @Override
  public void repr(Text out) {
    out.append(value.toString());
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof Value number && Numbers.equal(this, number);
  }

  @Override
  public int hashCode() {
    return value.hashCode();
  }
}
