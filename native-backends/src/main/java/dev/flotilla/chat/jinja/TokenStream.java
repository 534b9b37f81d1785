package dev.flotilla.chat.jinja;

import dev.flotilla.chat.jinja.JinjaException.Kind;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The parser's view of the tokens: the current one, one ahead, and what it insists on. */
final class TokenStream {
  private final Source source;
  private final List<Token> tokens;
  private final int deepest;
  private Token current;
  private int next;
  private int depth;

  TokenStream(Source source, List<Token> tokens, int deepest) {
    this.source = source;
    this.tokens = tokens;
    this.deepest = deepest;
    this.current = tokens.getFirst();
  }

  Token current() {
    return current;
  }

  /** Where the current token starts. */
  int position() {
    return current.span().start();
  }

  Token ahead() {
    return tokens.get(Math.min(next + 1, tokens.size() - 1));
  }

  boolean at(Token.Kind kind) {
    return current.is(kind);
  }

  boolean atName(String name) {
    return current.isName(name);
  }

  /** Returns the current token and moves on; the end stays current. */
  Token take() {
    Token token = current;
    if (!token.is(Token.Kind.END)) {
      current = tokens.get(++next);
    }
    return token;
  }

  boolean skip(Token.Kind kind) {
    boolean found = at(kind);
    if (found) {
      take();
    }
    return found;
  }

  boolean skipName(String name) {
    boolean found = atName(name);
    if (found) {
      take();
    }
    return found;
  }

  Token expect(Token.Kind kind) {
    if (!at(kind)) {
      throw expected(kind.description());
    }
    return take();
  }

  void expectName(String name) {
    if (!skipName(name)) {
      throw expected(name);
    }
  }

  private JinjaException expected(String what) {
    Token token = current();
    String reason =
        token.is(Token.Kind.END)
            ? "unexpected end of template, expected '" + what + "'."
            : "expected token '" + what + "', got '" + token.describe() + "'";
    return error(reason, token.span());
  }

  /** The piece from {@code start} to the last token taken, around a subtree of that height. */
  Span spanFrom(int start, int height) {
    int end = next == 0 ? start : tokens.get(next - 1).span().end();
    Span span = new Span(start, Math.max(start, end), height + 1);
    if (height >= deepest) {
      throw tooDeep(span);
    }
    return span;
  }

  /** The piece from {@code start} to the last token taken, around {@code children}. */
  Span spanOver(int start, @Nullable Expression... children) {
    int height = 0;
    for (Expression child : children) {
      height = Math.max(height, Expression.height(child));
    }
    return spanFrom(start, height);
  }

  Span spanOver(int start, List<Expression> children) {
    return spanFrom(start, Expression.height(children));
  }

  /** Enters a construct that may contain itself; {@link #leave} leaves it. */
  void enter() {
    if (++depth > deepest) {
      throw tooDeep(current().span());
    }
  }

  void leave() {
    depth--;
  }

  private JinjaException tooDeep(Span span) {
    return source.error(Kind.LIMIT, "the template nests deeper than " + deepest + " levels", span);
  }

  JinjaException error(String reason, Span span) {
    return source.error(Kind.SYNTAX, reason, span);
  }

  Source source() {
    return source;
  }
}
