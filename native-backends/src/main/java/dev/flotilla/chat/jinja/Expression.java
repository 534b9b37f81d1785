package dev.flotilla.chat.jinja;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** An expression of the syntax tree. Immutable; every node knows the source it was read from. */
sealed interface Expression {

  Span span();

  <R> R accept(Visitor<R> visitor);

  /** The height of the tree that {@code node} is the root of; 0 without a node. */
  static int height(@Nullable Expression node) {
    return node == null ? 0 : node.span().height();
  }

  /** The height of the highest of {@code nodes}. */
  static int height(List<Expression> nodes) {
    int height = 0;
    for (Expression node : nodes) {
      height = Math.max(height, node.span().height());
    }
    return height;
  }

  /** What a pass over the tree does with each kind of expression. */
  interface Visitor<R> {
    R constant(Constant node);

    R name(Name node);

    R sequence(Sequence node);

    R dictionary(Dictionary node);

    R negate(Negate node);

    R not(Not node);

    R binary(Binary node);

    R logical(Logical node);

    R concat(Concat node);

    R compare(Compare node);

    R conditional(Conditional node);

    R attribute(Attribute node);

    R item(Item node);

    R slice(Slice node);

    R filter(FilterCall node);

    R test(TestCall node);

    R call(Call node);
  }

  /** A literal, or {@code none}, {@code true}, {@code false}. */
  record Constant(Value value, Span span) implements Expression {
    @Override
    public <R> R accept(Visitor<R> visitor) {
      return visitor.constant(this);
    }
  }

  /**
   * A variable, read or assigned.
   *
   * @param id number of this occurrence in the template; the resolver binds it to a slot
   */
  record Name(String name, int id, Span span) implements Expression, Target {
    @Override
    public <R> R accept(Visitor<R> visitor) {
      return visitor.name(this);
    }
  }

  /** A list or tuple display. */
  record Sequence(List<Expression> items, boolean isTuple, Span span) implements Expression {
    @Override
    public <R> R accept(Visitor<R> visitor) {
      return visitor.sequence(this);
    }
  }

  /** A dict display; {@code keys} and {@code values} are parallel. */
  record Dictionary(List<Expression> keys, List<Expression> values, Span span)
      implements Expression {
    @Override
    public <R> R accept(Visitor<R> visitor) {
      return visitor.dictionary(this);
    }
  }

  /** Unary minus, or plus. */
  record Negate(Expression operand, boolean isPlus, Span span) implements Expression {
    @Override
    public <R> R accept(Visitor<R> visitor) {
      return visitor.negate(this);
    }
  }

  /** {@code not operand}. */
  record Not(Expression operand, Span span) implements Expression {
    @Override
    public <R> R accept(Visitor<R> visitor) {
      return visitor.not(this);
    }
  }

  /** Arithmetic on two operands. */
  record Binary(Operator operator, Expression left, Expression right, Span span)
      implements Expression {
    @Override
    public <R> R accept(Visitor<R> visitor) {
      return visitor.binary(this);
    }
  }

  /** {@code and} or {@code or}: yields an operand, and evaluates the right one only if needed. */
  record Logical(boolean isAnd, Expression left, Expression right, Span span)
      implements Expression {
    @Override
    public <R> R accept(Visitor<R> visitor) {
      return visitor.logical(this);
    }
  }

  /** {@code a ~ b ~ c}: the operands' texts joined. */
  record Concat(List<Expression> operands, Span span) implements Expression {
    @Override
    public <R> R accept(Visitor<R> visitor) {
      return visitor.concat(this);
    }
  }

  /** {@code a < b <= c}: each neighbouring pair must hold; every operand is evaluated once. */
  record Compare(Expression first, List<Operator> operators, List<Expression> rest, Span span)
      implements Expression {
    @Override
    public <R> R accept(Visitor<R> visitor) {
      return visitor.compare(this);
    }
  }

  /** {@code then if condition else otherwise}; without {@code else} the result is undefined. */
  record Conditional(
      Expression condition, Expression then, @Nullable Expression otherwise, Span span)
      implements Expression {
    @Override
    public <R> R accept(Visitor<R> visitor) {
      return visitor.conditional(this);
    }
  }

  /** {@code object.name}: an attribute, failing that an item. */
  record Attribute(Expression object, StringValue name, Span span) implements Expression {
    @Override
    public <R> R accept(Visitor<R> visitor) {
      return visitor.attribute(this);
    }
  }

  /** {@code object[key]}: an item, failing that an attribute. */
  record Item(Expression object, Expression key, Span span) implements Expression {
    @Override
    public <R> R accept(Visitor<R> visitor) {
      return visitor.item(this);
    }
  }

  /** {@code object[start:stop:step]}, each part optional. */
  record Slice(
      Expression object,
      @Nullable Expression start,
      @Nullable Expression stop,
      @Nullable Expression step,
      Span span)
      implements Expression {
    @Override
    public <R> R accept(Visitor<R> visitor) {
      return visitor.slice(this);
    }
  }

  /**
   * {@code operand | name(arguments)}.
   *
   * @param operand null at the head of a {@code filter} block, where the block's text stands in
   * @param filter null if no filter has that name
   */
  record FilterCall(
      @Nullable Expression operand,
      String name,
      @Nullable Filter filter,
      ArgumentList arguments,
      Span span)
      implements Expression {
    @Override
    public <R> R accept(Visitor<R> visitor) {
      return visitor.filter(this);
    }
  }

  /**
   * {@code operand is name arguments}.
   *
   * @param test null if no test has that name
   */
  record TestCall(
      Expression operand, String name, @Nullable Test test, ArgumentList arguments, Span span)
      implements Expression {
    @Override
    public <R> R accept(Visitor<R> visitor) {
      return visitor.test(this);
    }
  }

  /** {@code callee(arguments)}. */
  record Call(Expression callee, ArgumentList arguments, Span span) implements Expression {
    @Override
    public <R> R accept(Visitor<R> visitor) {
      return visitor.call(this);
    }
  }

  /**
   * The arguments of a call; {@code names} and {@code named} are parallel.
   *
   * @param rest what {@code *} unpacks
   * @param namedRest what {@code **} unpacks
   */
  record ArgumentList(
      List<Expression> positional,
      List<String> names,
      List<Expression> named,
      @Nullable Expression rest,
      @Nullable Expression namedRest) {
    static final ArgumentList NONE = new ArgumentList(List.of(), List.of(), List.of(), null, null);

    boolean isEmpty() {
      return positional.isEmpty() && names.isEmpty() && rest == null && namedRest == null;
    }

    int height() {
      int plain = Math.max(Expression.height(positional), Expression.height(named));
      return Math.max(plain, Math.max(Expression.height(rest), Expression.height(namedRest)));
    }
  }
}
