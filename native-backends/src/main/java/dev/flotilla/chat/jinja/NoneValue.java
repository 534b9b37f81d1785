package dev.flotilla.chat.jinja;

/** {@code None}. */
enum NoneValue implements Value {
  NONE;

  @Override
  public String typeName() {
    return "NoneType";
  }

  @Override
  public boolean isTrue() {
    return false;
  }

  @Override
  public void repr(Text out) {
    out.append("None");
  }
}
