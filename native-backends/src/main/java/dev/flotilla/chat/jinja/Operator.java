package dev.flotilla.chat.jinja;

/**
 * A binary operator on two values; {@code and}, {@code or} and {@code ~} are syntax of their own.
 */
enum Operator {
  ADD("+"),
  SUB("-"),
  MUL("*"),
  DIV("/"),
  FLOOR_DIV("//"),
  MOD("%"),
  POW("** or pow()"),
  EQ("=="),
  NE("!="),
  LT("<"),
  LE("<="),
  GT(">"),
  GE(">="),
  IN("in"),
  NOT_IN("not in");

  private final String symbol;

  Operator(String symbol) {
    this.symbol = symbol;
  }

  /** As Python's error messages write it. */
  String symbol() {
    return symbol;
  }
}
