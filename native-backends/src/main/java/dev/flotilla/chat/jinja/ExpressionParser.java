package dev.flotilla.chat.jinja;

import dev.flotilla.chat.jinja.Expression.ArgumentList;
import dev.flotilla.chat.jinja.Expression.Constant;
import dev.flotilla.chat.jinja.Expression.FilterCall;
import dev.flotilla.chat.jinja.Expression.Name;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Parses expressions. The grammar, loosest binding first, one method each:
 *
 * <pre>
 * tuple       = expression ("," expression)* [","]
 * expression  = or ("if" or ["else" expression])*
 * or          = and ("or" and)*
 * and         = not ("and" not)*
 * not         = "not" not | comparison
 * comparison  = sum (("==" | "!=" | "<" | "<=" | ">" | ">=" | "in" | "not" "in") sum)*
 * sum         = concat (("+" | "-") concat)*
 * concat      = product ("~" product)*
 * product     = power (("*" | "/" | "//" | "%") power)*
 * power       = unary ("**" unary)*                   (to the left, unlike Python)
 * unary       = ("-" | "+") unary' postfix* filter*   (unary' takes no filters: -x|abs is (-x)|abs)
 *             | primary postfix* filter*
 * postfix     = "." name | "." integer | "[" subscript "]" | call
 * filter      = "|" name [call] | "is" ["not"] name [call | primary postfix*] | call
 * </pre>
 */
final class ExpressionParser {
  private final TokenStream tokens;
  private int names;

  ExpressionParser(TokenStream tokens) {
    this.tokens = tokens;
  }

  /** How many occurrences of names were numbered. */
  int nameCount() {
    return names;
  }

  /** Reserves {@code count} occurrence numbers for names that the source does not spell out. */
  int reserveNames(int count) {
    int first = names;
    names += count;
    return first;
  }

  Name name(Token token) {
    return new Name(token.text(), names++, token.span());
  }

  /** An expression, or a tuple if commas follow; ends before {@code in}-like stop words. */
  Expression tuple(boolean allowsConditional, @Nullable String stopWord) {
    return tuple(allowsConditional, stopWord, false);
  }

  private Expression tuple(
      boolean allowsConditional, @Nullable String stopWord, boolean isInParentheses) {
    int start = start();
    List<Expression> items = new ArrayList<>();
    boolean isTuple = false;
    while (!atTupleEnd(stopWord)) {
      items.add(allowsConditional ? expression() : or());
      if (!tokens.skip(Token.Kind.COMMA)) {
        break;
      }
      isTuple = true;
    }
    if (!isTuple && !items.isEmpty()) {
      return items.getFirst();
    }
    if (items.isEmpty() && (isTuple || !isInParentheses)) {
      Token token = tokens.current();
      throw tokens.error("Expected an expression, got '" + token.describe() + "'", token.span());
    }
    return new Expression.Sequence(List.copyOf(items), true, span(start, items));
  }

  private boolean atTupleEnd(@Nullable String stopWord) {
    return switch (tokens.current().kind()) {
      case VARIABLE_END, BLOCK_END, RIGHT_PAREN -> true;
      default -> stopWord != null && tokens.atName(stopWord);
    };
  }

  Expression expression() {
    tokens.enter();
    int start = start();
    Expression then = or();
    while (tokens.skipName("if")) {
      Expression condition = or();
      Expression otherwise = tokens.skipName("else") ? expression() : null;
      then =
          new Expression.Conditional(
              condition, then, otherwise, span(start, then, condition, otherwise));
    }
    tokens.leave();
    return then;
  }

  Expression or() {
    int start = start();
    Expression left = and();
    while (tokens.skipName("or")) {
      Expression right = and();
      left = new Expression.Logical(false, left, right, span(start, left, right));
    }
    return left;
  }

  private Expression and() {
    int start = start();
    Expression left = not();
    while (tokens.skipName("and")) {
      Expression right = not();
      left = new Expression.Logical(true, left, right, span(start, left, right));
    }
    return left;
  }

  private Expression not() {
    int start = start();
    if (!tokens.skipName("not")) {
      return comparison();
    }
    tokens.enter();
    Expression operand = not();
    tokens.leave();
    return new Expression.Not(operand, span(start, operand));
  }

  private Expression comparison() {
    int start = start();
    Expression first = sum();
    Operator operator = comparisonOperator();
    if (operator == null) {
      return first;
    }
    List<Operator> operators = new ArrayList<>(1);
    List<Expression> operands = new ArrayList<>(1);
    for (; operator != null; operator = comparisonOperator()) {
      operators.add(operator);
      operands.add(sum());
    }
    int height = Math.max(first.span().height(), height(operands));
    return new Expression.Compare(
        first, List.copyOf(operators), List.copyOf(operands), tokens.spanFrom(start, height));
  }

  /** Takes a comparison operator if one is current. */
  private @Nullable Operator comparisonOperator() {
    Operator operator =
        switch (tokens.current().kind()) {
          case EQ -> Operator.EQ;
          case NE -> Operator.NE;
          case LT -> Operator.LT;
          case LE -> Operator.LE;
          case GT -> Operator.GT;
          case GE -> Operator.GE;
          default -> null;
        };
    if (operator == null && tokens.atName("in")) {
      operator = Operator.IN;
    } else if (operator == null && tokens.atName("not") && tokens.ahead().isName("in")) {
      tokens.take();
      operator = Operator.NOT_IN;
    }
    if (operator != null) {
      tokens.take();
    }
    return operator;
  }

  private Expression sum() {
    int start = start();
    Expression left = concat();
    while (tokens.at(Token.Kind.ADD) || tokens.at(Token.Kind.SUB)) {
      Operator operator = tokens.take().is(Token.Kind.ADD) ? Operator.ADD : Operator.SUB;
      Expression right = concat();
      left = new Expression.Binary(operator, left, right, span(start, left, right));
    }
    return left;
  }

  private Expression concat() {
    int start = start();
    Expression first = product();
    if (!tokens.at(Token.Kind.TILDE)) {
      return first;
    }
    List<Expression> operands = new ArrayList<>();
    operands.add(first);
    while (tokens.skip(Token.Kind.TILDE)) {
      operands.add(product());
    }
    return new Expression.Concat(List.copyOf(operands), span(start, operands));
  }

  private Expression product() {
    int start = start();
    Expression left = power();
    while (true) {
      Operator operator =
          switch (tokens.current().kind()) {
            case MUL -> Operator.MUL;
            case DIV -> Operator.DIV;
            case FLOOR_DIV -> Operator.FLOOR_DIV;
            case MOD -> Operator.MOD;
            default -> null;
          };
      if (operator == null) {
        return left;
      }
      tokens.take();
      Expression right = power();
      left = new Expression.Binary(operator, left, right, span(start, left, right));
    }
  }

  private Expression power() {
    int start = start();
    Expression left = unary(true);
    while (tokens.skip(Token.Kind.POW)) {
      Expression right = unary(true);
      left = new Expression.Binary(Operator.POW, left, right, span(start, left, right));
    }
    return left;
  }

  private Expression unary(boolean takesFilters) {
    int start = start();
    Expression operand;
    if (tokens.at(Token.Kind.SUB) || tokens.at(Token.Kind.ADD)) {
      boolean isPlus = tokens.take().is(Token.Kind.ADD);
      tokens.enter();
      Expression inner = unary(false);
      tokens.leave();
      operand = new Expression.Negate(inner, isPlus, span(start, inner));
    } else {
      operand = primary();
    }
    operand = postfix(operand, start);
    return takesFilters ? filters(operand, start) : operand;
  }

  private Expression primary() {
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
      default -> name(token);
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
    Expression inner = tuple(true, null, true);
    tokens.leave();
    tokens.expect(Token.Kind.RIGHT_PAREN);
    return inner;
  }

  private Expression list() {
    int start = start();
    tokens.take();
    List<Expression> items = new ArrayList<>();
    while (!tokens.at(Token.Kind.RIGHT_BRACKET)) {
      if (!items.isEmpty()) {
        tokens.expect(Token.Kind.COMMA);
        if (tokens.at(Token.Kind.RIGHT_BRACKET)) {
          break;
        }
      }
      items.add(expression());
    }
    tokens.expect(Token.Kind.RIGHT_BRACKET);
    return new Expression.Sequence(List.copyOf(items), false, span(start, items));
  }

  private Expression dictionary() {
    int start = start();
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
      keys.add(expression());
      tokens.expect(Token.Kind.COLON);
      values.add(expression());
    }
    tokens.expect(Token.Kind.RIGHT_BRACE);
    int height = Math.max(height(keys), height(values));
    return new Expression.Dictionary(
        List.copyOf(keys), List.copyOf(values), tokens.spanFrom(start, height));
  }

  private Expression postfix(Expression operand, int start) {
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

  private Expression filters(Expression operand, int start) {
    while (true) {
      if (tokens.skip(Token.Kind.PIPE)) {
        operand = filter(operand, start);
      } else if (tokens.atName("is")) {
        operand = test(operand, start);
      } else if (tokens.at(Token.Kind.LEFT_PAREN)) {
        operand = call(operand, start);
      } else {
        return operand;
      }
    }
  }

  private Expression attribute(Expression object, int start) {
    tokens.take();
    Token name = tokens.take();
    if (name.is(Token.Kind.NAME)) {
      return new Expression.Attribute(object, new StringValue(name.text()), span(start, object));
    }
    if (!name.is(Token.Kind.INTEGER)) {
      throw tokens.error("expected name or number", name.span());
    }
    Expression index = new Constant(Numbers.parseLiteral(name.text()), name.span());
    return new Expression.Item(object, index, span(start, object));
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
      keys.add(expression());
      if (tokens.at(Token.Kind.COLON) && keys.size() == 1) {
        return slice(object, keys.getFirst(), start);
      }
    }
    tokens.expect(Token.Kind.RIGHT_BRACKET);
    Expression key =
        keys.size() == 1
            ? keys.getFirst()
            : new Expression.Sequence(List.copyOf(keys), true, span(start, keys));
    return new Expression.Item(object, key, span(start, object, key));
  }

  private Expression slice(Expression object, @Nullable Expression from, int start) {
    tokens.expect(Token.Kind.COLON);
    Expression to = slicePart();
    Expression step = tokens.skip(Token.Kind.COLON) ? slicePart() : null;
    tokens.expect(Token.Kind.RIGHT_BRACKET);
    int height =
        Math.max(height(object), Math.max(height(from), Math.max(height(to), height(step))));
    return new Expression.Slice(object, from, to, step, tokens.spanFrom(start, height));
  }

  private @Nullable Expression slicePart() {
    return switch (tokens.current().kind()) {
      case COLON, RIGHT_BRACKET -> null;
      default -> expression();
    };
  }

  private Expression.Call call(Expression callee, int start) {
    ArgumentList arguments = arguments();
    int height = Math.max(height(callee), height(arguments));
    return new Expression.Call(callee, arguments, tokens.spanFrom(start, height));
  }

  /** After the pipe: a filter's name and arguments. A null operand is a filter block's text. */
  FilterCall filter(@Nullable Expression operand, int start) {
    String name = dottedName();
    ArgumentList arguments = tokens.at(Token.Kind.LEFT_PAREN) ? arguments() : ArgumentList.NONE;
    int height = Math.max(height(operand), height(arguments));
    Span span = tokens.spanFrom(start, height);
    return new FilterCall(operand, name, Filter.named(name), arguments, span);
  }

  private Expression test(Expression operand, int start) {
    tokens.take();
    boolean isNegated = tokens.skipName("not");
    String name = dottedName();
    ArgumentList arguments = ArgumentList.NONE;
    if (tokens.at(Token.Kind.LEFT_PAREN)) {
      arguments = arguments();
    } else if (atTestArgument()) {
      if (tokens.atName("is")) {
        throw tokens.error("You cannot chain multiple tests with is", tokens.current().span());
      }
      int argumentStart = start();
      Expression argument = postfix(primary(), argumentStart);
      arguments = new ArgumentList(List.of(argument), List.of(), List.of(), null, null);
    }
    int height = Math.max(height(operand), height(arguments));
    Span span = tokens.spanFrom(start, height);
    Expression test = new Expression.TestCall(operand, name, Test.named(name), arguments, span);
    return isNegated ? new Expression.Not(test, span(start, test)) : test;
  }

  private boolean atTestArgument() {
    return switch (tokens.current().kind()) {
      case STRING, INTEGER, FLOAT, LEFT_BRACKET, LEFT_BRACE -> true;
      case NAME -> !tokens.atName("else") && !tokens.atName("or") && !tokens.atName("and");
      default -> false;
    };
  }

  private String dottedName() {
    String name = tokens.expect(Token.Kind.NAME).text();
    while (tokens.skip(Token.Kind.DOT)) {
      name = name.concat(".").concat(tokens.expect(Token.Kind.NAME).text());
    }
    return name;
  }

  private ArgumentList arguments() {
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
        rest = expression();
      } else if (tokens.skip(Token.Kind.POW)) {
        namedRest = expression();
      } else if (tokens.at(Token.Kind.NAME) && tokens.ahead().is(Token.Kind.ASSIGN)) {
        String name = tokens.take().text();
        tokens.take();
        isValid &= !names.contains(name);
        names.add(name);
        named.add(expression());
      } else {
        isValid &= rest == null && names.isEmpty();
        positional.add(expression());
      }
      if (!isValid) {
        throw tokens.error("invalid syntax for function call expression", first.span());
      }
    }
    tokens.expect(Token.Kind.RIGHT_PAREN);
    return new ArgumentList(
        List.copyOf(positional), List.copyOf(names), List.copyOf(named), rest, namedRest);
  }

  private int start() {
    return tokens.current().span().start();
  }

  private Span span(int start, @Nullable Expression... children) {
    int height = 0;
    for (Expression child : children) {
      height = Math.max(height, height(child));
    }
    return tokens.spanFrom(start, height);
  }

  private Span span(int start, List<Expression> children) {
    return tokens.spanFrom(start, height(children));
  }

  private static int height(@Nullable Expression node) {
    return node == null ? 0 : node.span().height();
  }

  private static int height(List<Expression> nodes) {
    int height = 0;
    for (Expression node : nodes) {
      height = Math.max(height, node.span().height());
    }
    return height;
  }

  private static int height(ArgumentList arguments) {
    int height = Math.max(height(arguments.positional()), height(arguments.named()));
    return Math.max(height, Math.max(height(arguments.rest()), height(arguments.namedRest())));
  }
}
