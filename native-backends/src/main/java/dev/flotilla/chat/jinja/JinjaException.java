package dev.flotilla.chat.jinja;

/**
 * A template that does not compile or a rendering that failed: the only exception this package
 * throws for anything a template or its input can do.
 */
public final class JinjaException extends RuntimeException {

  /** Why a template failed. */
  public enum Kind {
    /** The template is not valid Jinja. */
    SYNTAX,
    /** The template called {@code raise_exception}: it refuses this conversation. */
    RAISED,
    /** An undefined value was used for more than printing, testing or iterating. */
    UNDEFINED,
    /** An operation does not exist for values of these types (Python's TypeError). */
    TYPE,
    /** An argument has the right type and a wrong value (ValueError and its kin). */
    VALUE,
    /** The sandbox forbids what the template tried. */
    SECURITY,
    /** No such filter, or test; or a misuse that the reference finds only when it renders. */
    RUNTIME,
    /** Jinja has it, chat templates have no use for it, and this engine refuses it. */
    UNSUPPORTED,
    /** One of {@link Limits} was crossed. */
    LIMIT
  }

  private final Kind kind;
  private final String reason;
  private final int line;
  private final int column;
  private final String expression;

  JinjaException(Kind kind, String reason, int line, int column, String expression) {
    super(describe(reason, line, column, expression));
    this.kind = kind;
    this.reason = reason;
    this.line = line;
    this.column = column;
    this.expression = expression;
  }

  private static String describe(String reason, int line, int column, String expression) {
    StringBuilder text = new StringBuilder(reason);
    if (line > 0) {
      text.append(" (line ").append(line).append(", column ").append(column);
      if (!expression.isEmpty()) {
        text.append(", at `").append(expression).append('`');
      }
      text.append(')');
    }
    return text.toString();
  }

  /** Why the template failed. */
  public Kind kind() {
    return kind;
  }

  /**
   * What went wrong, without the place: for {@link Kind#RAISED} exactly the template's own message,
   * otherwise the reference's message where it has one.
   */
  public String reason() {
    return reason;
  }

  /** Line in the template, from 1; 0 if the fault is not in the template but in its input. */
  public int line() {
    return line;
  }

  /** Column in the line, in UTF-16 units from 1; 0 where {@link #line} is. */
  public int column() {
    return column;
  }

  /** The offending piece of the template on one line, shortened if long; empty if unknown. */
  public String expression() {
    return expression;
  }
}
