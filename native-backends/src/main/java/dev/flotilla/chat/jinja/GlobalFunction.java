package dev.flotilla.chat.jinja;

import org.jspecify.annotations.Nullable;

/** The functions that every template can call; {@link Globals} is what they do. */
enum GlobalFunction implements Callable {
  RANGE("range", "type"),
  DICT("dict", "type"),
  NAMESPACE("namespace", "type"),
  CYCLER("cycler", "type"),
  JOINER("joiner", "type"),
  LIPSUM("lipsum", "function"),
  RAISE_EXCEPTION("raise_exception", "function"),
  STRFTIME_NOW("strftime_now", "function");

  private final String functionName;
  private final String typeName;

  GlobalFunction(String functionName, String typeName) {
    this.functionName = functionName;
    this.typeName = typeName;
  }

  static @Nullable GlobalFunction named(String name) {
    return switch (name) {
      case "range" -> RANGE;
      case "dict" -> DICT;
      case "namespace" -> NAMESPACE;
      case "cycler" -> CYCLER;
      case "joiner" -> JOINER;
      case "lipsum" -> LIPSUM;
      case "raise_exception" -> RAISE_EXCEPTION;
      case "strftime_now" -> STRFTIME_NOW;
      default -> null;
    };
  }

  /** As templates call it. */
  String functionName() {
    return functionName;
  }

  @Override
  public String typeName() {
    return typeName;
  }

  @Override
  public void repr(Text out) {
    out.append("<").append(typeName).append(" ").append(functionName).append(">");
  }
}
