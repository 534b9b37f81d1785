package dev.flotilla.chat.jinja;

import dev.flotilla.chat.jinja.JinjaException.Kind;
import java.util.Collections;
import java.util.Iterator;
import org.jspecify.annotations.Nullable;

/**
 * A value that is not there. It prints as nothing, is false and iterates over nothing; whatever
 * else is done with it fails.
 */
final class UndefinedValue implements Value {
  private final Kind kind;
  private final @Nullable Value object;
  private final Value name;

  /** If not null, the whole reason. */
  private final @Nullable String hint;

  private UndefinedValue(Kind kind, @Nullable Value object, Value name, @Nullable String hint) {
    this.kind = kind;
    this.object = object;
    this.name = name;
    this.hint = hint;
  }

  static UndefinedValue variable(String name) {
    return new UndefinedValue(Kind.UNDEFINED, null, new StringValue(name), null);
  }

  /** {@code object} has no attribute, or no item, {@code name}. */
  static UndefinedValue element(Value object, Value name) {
    return new UndefinedValue(Kind.UNDEFINED, object, name, null);
  }

  static UndefinedValue because(String reason) {
    return new UndefinedValue(Kind.UNDEFINED, null, NoneValue.NONE, reason);
  }

  /** An attribute that exists and that the sandbox denies. */
  static UndefinedValue unsafe(Value object, String attribute) {
    String reason =
        "access to attribute "
            + Chars.quote(attribute)
            + " of "
            + Chars.quote(object.typeName())
            + " object is unsafe.";
    return new UndefinedValue(Kind.SECURITY, null, NoneValue.NONE, reason);
  }

  /** The failure of any use of this value. */
  Failure failure(Budget budget) {
    return new Failure(kind, reason(budget));
  }

  String reason(Budget budget) {
    if (hint != null) {
      return hint;
    }
    String quotedName = Text.repr(name, budget);
    if (object == null) {
      return quotedName + " is undefined";
    }
    String objectName = describe(object);
    return name instanceof StringValue
        ? Chars.quote(objectName) + " has no attribute " + quotedName
        : objectName + " has no element " + quotedName;
  }

  private static String describe(Value object) {
    return switch (object.typeName()) {
      case "NoneType" -> "None";
      case "Namespace", "Cycler", "Joiner" -> "jinja2.utils." + object.typeName() + " object";
      case "Macro", "LoopContext" -> "jinja2.runtime." + object.typeName() + " object";
      case "Markup" -> "markupsafe.Markup object";
      default -> object.typeName() + " object";
    };
  }

  @Override
  public String typeName() {
    return "Undefined";
  }

  @Override
  public boolean isTrue() {
    return false;
  }

  @Override
  public void str(Text out) {}

  @Override
  public void repr(Text out) {
    out.append("Undefined");
  }

  @Override
  public int length() {
    return 0;
  }

  @Override
  public Iterator<Value> iterator() {
    return Collections.emptyIterator();
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof UndefinedValue;
  }

  @Override
  public int hashCode() {
    return 0;
  }
}
