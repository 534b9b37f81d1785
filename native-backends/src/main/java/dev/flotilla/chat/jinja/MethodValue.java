package dev.flotilla.chat.jinja;

/** {@code receiver.name}, a method that was looked up and not called yet. */
record MethodValue(Value receiver, String name) implements Callable {

  @Override
  public String typeName() {
    return "builtin_function_or_method";
  }

  @Override
  public void repr(Text out) {
    out.append("<built-in method ").append(name).append(" of ");
    out.append(receiver.typeName()).append(" object>");
  }

  @Override
  public int depth() {
    return receiver.depth();
  }

  @Override
  public long weight() {
    return receiver.weight();
  }
}
