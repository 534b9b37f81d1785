package dev.flotilla.chat.jinja;

import dev.flotilla.chat.jinja.Expression.ArgumentList;
import dev.flotilla.chat.jinja.Expression.FilterCall;
import dev.flotilla.chat.jinja.Expression.Name;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Parses operators and what they bind; {@link OperandParser} parses what they are applied to. The
 * grammar, loosest binding first, one method each:
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
  private final OperandParser operands;
  private int names;

  ExpressionParser(TokenStream tokens) {
    this.tokens = tokens;
    this.operands = new OperandParser(tokens, this);
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

  /** As above; between parentheses, where a tuple may be empty, if {@code isInParentheses}. */
  Expression tuple(boolean allowsConditional, @Nullable String stopWord, boolean isInParentheses) {
    int start = tokens.position();
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
    return new Expression.Sequence(List.copyOf(items), true, tokens.spanOver(start, items));
  }

  private boolean atTupleEnd(@Nullable String stopWord) {
    return switch (tokens.current().kind()) {
      case VARIABLE_END, BLOCK_END, RIGHT_PAREN -> true;
      default -> stopWord != null && tokens.atName(stopWord);
    };
  }

  Expression expression() {
    tokens.enter();
    int start = tokens.position();
    Expression then = or();
    while (tokens.skipName("if")) {
      Expression condition = or();
      Expression otherwise = tokens.skipName("else") ? expression() : null;
      then =
          new Expression.Conditional(
              condition, then, otherwise, tokens.spanOver(start, then, condition, otherwise));
    }
    tokens.leave();
    return then;
  }

  Expression or() {
    int start = tokens.position();
    Expression left = and();
    while (tokens.skipName("or")) {
      Expression right = and();
      left = new Expression.Logical(false, left, right, tokens.spanOver(start, left, right));
    }
    return left;
  }

  private Expression and() {
    int start = tokens.position();
    Expression left = not();
    while (tokens.skipName("and")) {
      Expression right = not();
      left = new Expression.Logical(true, left, right, tokens.spanOver(start, left, right));
    }
    return left;
  }

  private Expression not() {
    int start = tokens.position();
    if (!tokens.skipName("not")) {
      return comparison();
    }
    tokens.enter();
    Expression operand = not();
    tokens.leave();
    return new Expression.Not(operand, tokens.spanOver(start, operand));
  }

  private Expression comparison() {
    int start = tokens.position();
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
    int height = Math.max(first.span().height(), Expression.height(operands));
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
    int start = tokens.position();
    Expression left = concat();
    while (tokens.at(Token.Kind.ADD) || tokens.at(Token.Kind.SUB)) {
      Operator operator = tokens.take().is(Token.Kind.ADD) ? Operator.ADD : Operator.SUB;
      Expression right = concat();
      left = new Expression.Binary(operator, left, right, tokens.spanOver(start, left, right));
    }
    return left;
  }

  private Expression concat() {
    int start = tokens.position();
    Expression first = product();
    if (!tokens.at(Token.Kind.TILDE)) {
      return first;
    }
    List<Expression> operands = new ArrayList<>();
    operands.add(first);
    while (tokens.skip(Token.Kind.TILDE)) {
      operands.add(product());
    }
    return new Expression.Concat(List.copyOf(operands), tokens.spanOver(start, operands));
  }

  private Expression product() {
    int start = tokens.position();
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
      left = new Expression.Binary(operator, left, right, tokens.spanOver(start, left, right));
    }
  }

  private Expression power() {
    int start = tokens.position();
    Expression left = unary(true);
    while (tokens.skip(Token.Kind.POW)) {
      Expression right = unary(true);
      left = new Expression.Binary(Operator.POW, left, right, tokens.spanOver(start, left, right));
    }
    return left;
  }

  private Expression unary(boolean takesFilters) {
    int start = tokens.position();
    Expression operand;
    if (tokens.at(Token.Kind.SUB) || tokens.at(Token.Kind.ADD)) {
      boolean isPlus = tokens.take().is(Token.Kind.ADD);
      tokens.enter();
      Expression inner = unary(false);
      tokens.leave();
      operand = new Expression.Negate(inner, isPlus, tokens.spanOver(start, inner));
    } else {
      operand = operands.primary();
    }
    operand = operands.postfix(operand, start);
    return takesFilters ? filters(operand, start) : operand;
  }

  private Expression filters(Expression operand, int start) {
    while (true) {
      if (tokens.skip(Token.Kind.PIPE)) {
        operand = filter(operand, start);
      } else if (tokens.atName("is")) {
        operand = test(operand, start);
      } else if (tokens.at(Token.Kind.LEFT_PAREN)) {
        operand = operands.call(operand, start);
      } else {
        return operand;
      }
    }
  }

  /** After the pipe: a filter's name and arguments. A null operand is a filter block's text. */
  FilterCall filter(@Nullable Expression operand, int start) {
    String name = dottedName();
    ArgumentList arguments =
        tokens.at(Token.Kind.LEFT_PAREN) ? operands.arguments() : ArgumentList.NONE;
    int height = Math.max(Expression.height(operand), arguments.height());
    Span span = tokens.spanFrom(start, height);
    return new FilterCall(operand, name, Filter.named(name), arguments, span);
  }

  private Expression test(Expression operand, int start) {
    tokens.take();
    boolean isNegated = tokens.skipName("not");
    String name = dottedName();
    ArgumentList arguments = ArgumentList.NONE;
    if (tokens.at(Token.Kind.LEFT_PAREN)) {
      arguments = operands.arguments();
    } else if (atTestArgument()) {
      if (tokens.atName("is")) {
        throw tokens.error("You cannot chain multiple tests with is", tokens.current().span());
      }
      int argumentStart = tokens.position();
      Expression argument = operands.postfix(operands.primary(), argumentStart);
      arguments = new ArgumentList(List.of(argument), List.of(), List.of(), null, null);
    }
    int height = Math.max(Expression.height(operand), arguments.height());
    Span span = tokens.spanFrom(start, height);
    Expression test = new Expression.TestCall(operand, name, Test.named(name), arguments, span);
    return isNegated ? new Expression.Not(test, tokens.spanOver(start, test)) : test;
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
}
