package dev.flotilla.chat.jinja;

import dev.flotilla.chat.jinja.Expression.Name;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Parses what {@code set}, {@code for}, {@code with} and macros assign to. */
final class TargetParser {
  private final TokenStream tokens;
  private final ExpressionParser expressions;

  TargetParser(TokenStream tokens, ExpressionParser expressions) {
    this.tokens = tokens;
    this.expressions = expressions;
  }

  /**
   * A target, or several that unpack a sequence.
   *
   * @param allowsNamespace whether an attribute of a namespace is a target, too
   * @param stopWord the word that may follow, null for none
   */
  Target target(boolean allowsNamespace, @Nullable String stopWord) {
    int start = tokens.position();
    List<Target> targets = new ArrayList<>();
    boolean isTuple = false;
    while (!tokens.at(Token.Kind.BLOCK_END) && (stopWord == null || !tokens.atName(stopWord))) {
      targets.add(singleTarget(allowsNamespace, stopWord));
      if (!tokens.skip(Token.Kind.COMMA)) {
        break;
      }
      isTuple = true;
      if (tokens.at(Token.Kind.RIGHT_PAREN)) {
        break;
      }
    }
    if (targets.isEmpty()) {
      Token token = tokens.current();
      throw tokens.error("Expected an expression, got '" + token.describe() + "'", token.span());
    }
    return isTuple
        ? new Target.Unpack(List.copyOf(targets), tokens.spanFrom(start, 0))
        : targets.getFirst();
  }

  private Target singleTarget(boolean allowsNamespace, @Nullable String stopWord) {
    if (tokens.skip(Token.Kind.LEFT_PAREN)) {
      tokens.enter();
      Target inner = target(allowsNamespace, stopWord);
      tokens.leave();
      tokens.expect(Token.Kind.RIGHT_PAREN);
      return inner;
    }
    Name name = name();
    if (!allowsNamespace || !tokens.skip(Token.Kind.DOT)) {
      return name;
    }
    Token attribute = tokens.expect(Token.Kind.NAME);
    return new Target.NamespaceAttribute(
        name, attribute.text(), tokens.spanFrom(name.span().start(), 0));
  }

  /** A name that may be assigned. */
  Name name() {
    Token token = tokens.expect(Token.Kind.NAME);
    switch (token.text()) {
      case "true", "false", "none", "True", "False", "None" ->
          throw tokens.error("can't assign to '" + token.text() + "'", token.span());
      default -> {}
    }
    return expressions.name(token);
  }
}
