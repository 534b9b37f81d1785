package dev.flotilla.chat.jinja;

import org.jspecify.annotations.Nullable;

/** A float. */
record FloatValue(double value) implements Value {

  @Override
  public String typeName() {
    return "float";
  }

  @Override
  public boolean isTrue() {
    return value != 0;
  }

  @Override
  public void repr(Text out) {
    out.append(Numbers.repr(value));
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return this == other || (other instanceof Value number && Numbers.equal(this, number));
  }

  /** Equal to the hash of the equal integer, if there is one. */
  @Override
  public int hashCode() {
    return Numbers.isIntegral(value) ? Numbers.toInteger(value).hashCode() : Double.hashCode(value);
  }
}
