package dev.flotilla.chat.jinja;

import dev.flotilla.chat.jinja.Expression.ArgumentList;
import dev.flotilla.chat.jinja.Expression.Constant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Parses what operators are applied to: literals, names, what stands in brackets, and the
 * attributes, items, slices and calls that follow.
 */
final class OperandParser {
  private final TokenStream tokens;
  private final ExpressionParser expressions;

  OperandParser(TokenStream tokens, ExpressionParser expressions) {
    this.tokens = tokens;
    this.expressions = expressions;
  }

  /** {@code primary} of the grammar. */
  Expression primary() {
    Token token = tokens.current();
    return switch (token.kind()) {
      case NAME -> nameOrConstant(tokens.take());
      case STRING -> strings();
      case INTEGER -> new Constant(Numbers.parseLiteral(tokens.take().text()), token.span());
      case FLOAT ->
          new Constant(new FloatValue(Double.parseDouble(tokens.take().text())), token.span());
      case LEFT_PAREN -> parenthesised();
      case LEFT_BRACKET -> list();
      case LEFT_BRACE -> dictionary();
      default -> throw tokens.error("unexpected '" + token.describe() + "'", token.span());
    };
  }

  private Expression nameOrConstant(Token token) {
    return switch (token.text()) {
      case "true", "True" -> new Constant(BoolValue.TRUE, token.span());
      case "false", "False" -> new Constant(BoolValue.FALSE, token.span());
      case "none", "None" -> new Constant(NoneValue.NONE, token.span());
      default -> expressions.name(token);
    };
  }

  /** Adjacent string literals are one. */
  private Expression strings() {
    Token first = tokens.take();
    if (!tokens.at(Token.Kind.STRING)) {
      return new Constant(new StringValue(first.text()), first.span());
    }
    StringBuilder text = new StringBuilder(first.text());
    while (tokens.at(Token.Kind.STRING)) {
      text.append(tokens.take().text());
    }
    return new Constant(new StringValue(text.toString()), tokens.spanFrom(first.span().start(), 0));
  }

  private Expression parenthesised() {
    tokens.take();
    tokens.enter();
    Expression inner = expressions.tuple(true, null, true);
    tokens.leave();
    tokens.expect(Token.Kind.RIGHT_PAREN);
    return inner;
  }

  private Expression list() {
    int start = tokens.position();
    tokens.take();
    List<Expression> items = new ArrayList<>();
    while (!tokens.at(Token.Kind.RIGHT_BRACKET)) {
      if (!items.isEmpty()) {
        tokens.expect(Token.Kind.COMMA);
        if (tokens.at(Token.Kind.RIGHT_BRACKET)) {
          break;
        }
      }
      items.add(expressions.expression());
    }
    tokens.expect(Token.Kind.RIGHT_BRACKET);
    return new Expression.Sequence(List.copyOf(items), false, tokens.spanOver(start, items));
  }

  private Expression dictionary() {
    int start = tokens.position();
    tokens.take();
    List<Expression> keys = new ArrayList<>();
    List<Expression> values = new ArrayList<>();
    while (!tokens.at(Token.Kind.RIGHT_BRACE)) {
      if (!keys.isEmpty()) {
        tokens.expect(Token.Kind.COMMA);
        if (tokens.at(Token.Kind.RIGHT_BRACE)) {
          break;
        }
      }
      keys.add(expressions.expression());
      tokens.expect(Token.Kind.COLON);
      values.add(expressions.expression());
    }
    tokens.expect(Token.Kind.RIGHT_BRACE);
    int height = Math.max(Expression.height(keys), Expression.height(values));
    return new Expression.Dictionary(
        List.copyOf(keys), List.copyOf(values), tokens.spanFrom(start, height));
  }

  /** {@code postfix*}: what is reached or called from {@code operand}. */
  Expression postfix(Expression operand, int start) {
    while (true) {
      switch (tokens.current().kind()) {
        case DOT -> operand = attribute(operand, start);
        case LEFT_BRACKET -> operand = subscript(operand, start);
        case LEFT_PAREN -> operand = call(operand, start);
        default -> {
          return operand;
        }
      }
    }
  }

  private Expression attribute(Expression object, int start) {
    tokens.take();
    Token name = tokens.take();
    if (name.is(Token.Kind.NAME)) {
      return new Expression.Attribute(
          object, new StringValue(name.text()), tokens.spanOver(start, object));
    }
    if (!name.is(Token.Kind.INTEGER)) {
      throw tokens.error("expected name or number", name.span());
    }
    Expression index = new Constant(Numbers.parseLiteral(name.text()), name.span());
    return new Expression.Item(object, index, tokens.spanOver(start, object));
  }

  private Expression subscript(Expression object, int start) {
    tokens.take();
    if (tokens.at(Token.Kind.COLON)) {
      return slice(object, null, start);
    }
    List<Expression> keys = new ArrayList<>();
    while (!tokens.at(Token.Kind.RIGHT_BRACKET)) {
      if (!keys.isEmpty()) {
        tokens.expect(Token.Kind.COMMA);
      }
      keys.add(expressions.expression());
      if (tokens.at(Token.Kind.COLON) && keys.size() == 1) {
        return slice(object, keys.getFirst(), start);
      }
    }
    tokens.expect(Token.Kind.RIGHT_BRACKET);
    Expression key =
        keys.size() == 1
            ? keys.getFirst()
            : new Expression.Sequence(List.copyOf(keys), true, tokens.spanOver(start, keys));
    return new Expression.Item(object, key, tokens.spanOver(start, object, key));
  }

  private Expression slice(Expression object, @Nullable Expression from, int start) {
    tokens.expect(Token.Kind.COLON);
    Expression to = slicePart();
    Expression step = tokens.skip(Token.Kind.COLON) ? slicePart() : null;
    tokens.expect(Token.Kind.RIGHT_BRACKET);
    Span span = tokens.spanOver(start, object, from, to, step);
    return new Expression.Slice(object, from, to, step, span);
  }

  private @Nullable Expression slicePart() {
    return switch (tokens.current().kind()) {
      case COLON, RIGHT_BRACKET -> null;
      default -> expressions.expression();
    };
  }

  /** {@code call}, from its parenthesis on. */
  Expression.Call call(Expression callee, int start) {
    ArgumentList arguments = arguments();
    int height = Math.max(Expression.height(callee), arguments.height());
    return new Expression.Call(callee, arguments, tokens.spanFrom(start, height));
  }

  /** The arguments of a call, with their parentheses. */
  ArgumentList arguments() {
    Token first = tokens.expect(Token.Kind.LEFT_PAREN);
    List<Expression> positional = new ArrayList<>();
    List<String> names = new ArrayList<>();
    List<Expression> named = new ArrayList<>();
    Expression rest = null;
    Expression namedRest = null;
    boolean isFirst = true;
    while (!tokens.at(Token.Kind.RIGHT_PAREN)) {
      if (!isFirst) {
        tokens.expect(Token.Kind.COMMA);
        if (tokens.at(Token.Kind.RIGHT_PAREN)) {
          break;
        }
      }
      isFirst = false;
      boolean isValid = namedRest == null;
      if (tokens.skip(Token.Kind.MUL)) {
        isValid &= rest == null;
        rest = expressions.expression();
      } else if (tokens.skip(Token.Kind.POW)) {
        namedRest = expressions.expression();
      } else if (tokens.at(Token.Kind.NAME) && tokens.ahead().is(Token.Kind.ASSIGN)) {
        String name = tokens.take().text();
        tokens.take();
        isValid &= !names.contains(name);
        names.add(name);
        named.add(expressions.expression());
      } else {
        isValid &= rest == null && names.isEmpty();
        positional.add(expressions.expression());
      }
      if (!isValid) {
        throw tokens.error("invalid syntax for function call expression", first.span());
      }
    }
    tokens.expect(Token.Kind.RIGHT_PAREN);
    return new ArgumentList(
        List.copyOf(positional), List.copyOf(names), List.copyOf(named), rest, namedRest);
  }
}
