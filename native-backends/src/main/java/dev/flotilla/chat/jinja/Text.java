package dev.flotilla.chat.jinja;

/** Text in the making, charged to the rendering's budget as it grows. */
final class Text {
  private final StringBuilder out;
  private final Budget budget;
  private int charged;

  /** Namespaces being printed around the current one; they alone can nest without a bound. */
  private int namespaces;

  Text(Budget budget) {
    this(new StringBuilder(), budget);
  }

  Text(StringBuilder out, Budget budget) {
    this.out = out;
    this.budget = budget;
    this.charged = out.length();
  }

  /** Converts as Python's {@code str} does. */
  static String of(Value value, Budget budget) {
    if (value instanceof StringValue string) {
      return string.text();
    }
    Text text = new Text(budget);
    value.str(text);
    return text.toString();
  }

  /** Converts as Python's {@code repr} does. */
  static String repr(Value value, Budget budget) {
    Text text = new Text(budget);
    value.repr(text);
    return text.toString();
  }

  Text append(String text) {
    out.append(text);
    charge();
    return this;
  }

  Text append(char c) {
    out.append(c);
    return this;
  }

  Text quote(String text) {
    Chars.quote(text, false, out);
    charge();
    return this;
  }

  /** Charges for what was appended since the last charge. */
  void charge() {
    int grown = out.length() - charged;
    charged = out.length();
    budget.characters(grown);
    if (charged > budget.limits().outputCharacters()) {
      throw Failure.limit("a text is longer than the limit allows");
    }
  }

  void enterNamespace() {
    if (++namespaces > budget.limits().nesting()) {
      throw Failure.limit("namespaces nest deeper than the limit allows");
    }
  }

  void leaveNamespace() {
    namespaces--;
  }

  StringBuilder builder() {
    return out;
  }

  @Override
  public String toString() {
    charge();
    return out.toString();
  }
}
