package dev.flotilla.chat.jinja;

import dev.flotilla.chat.jinja.JinjaException.Kind;

/**
 * A failed operation that does not know its place in the template. The lexer, the parser and the
 * evaluator, which do, turn it into a {@link JinjaException}.
 */
final class Failure extends RuntimeException {
  private final Kind kind;
  private final String reason;

  Failure(Kind kind, String reason) {
    super(reason, null, false, false);
    this.kind = kind;
    this.reason = reason;
  }

  static Failure type(String reason) {
    return new Failure(Kind.TYPE, reason);
  }

  static Failure value(String reason) {
    return new Failure(Kind.VALUE, reason);
  }

  static Failure runtime(String reason) {
    return new Failure(Kind.RUNTIME, reason);
  }

  static Failure limit(String reason) {
    return new Failure(Kind.LIMIT, reason);
  }

  static Failure unsupported(String reason) {
    return new Failure(Kind.UNSUPPORTED, reason);
  }

  /** This failure at {@code span} of {@code source}. */
  JinjaException at(Source source, Span span) {
    return source.error(kind, reason, span);
  }

  /** This failure where no template is to blame. */
  JinjaException withoutPlace() {
    return new JinjaException(kind, reason, 0, 0, "");
  }
}
