package dev.flotilla.chat.jinja;

import dev.flotilla.chat.jinja.Expression.Call;
import dev.flotilla.chat.jinja.Expression.FilterCall;
import dev.flotilla.chat.jinja.Expression.Name;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A statement of the syntax tree. Immutable. Those that open a scope carry its number, under which
 * the resolver files the scope's {@link Scope.Layout}.
 */
sealed interface Statement {

  Span span();

  <R> R accept(Visitor<R> visitor);

  /** What a pass over the tree does with each kind of statement. */
  interface Visitor<R> {
    R text(Text node);

    R output(Output node);

    R conditional(If node);

    R loop(For node);

    R loopControl(LoopControl node);

    R assign(Assign node);

    R assignBlock(AssignBlock node);

    R macro(Macro node);

    R callBlock(CallBlock node);

    R filterBlock(FilterBlock node);

    R with(With node);

    R generation(Generation node);

    R block(Block node);

    R unsupported(Unsupported node);
  }

  /** Template data. */
  record Text(String text, Span span) implements Statement {
    @Override
    public <R> R accept(Visitor<R> visitor) {
      return visitor.text(this);
    }
  }

  /** <code>{{ value }}</code>. */
  record Output(Expression value, Span span) implements Statement {
    @Override
    public <R> R accept(Visitor<R> visitor) {
      return visitor.output(this);
    }
  }

  /** {@code if}, with its {@code elif}s as further branches. */
  record If(List<Branch> branches, List<Statement> otherwise, Span span) implements Statement {
    @Override
    public <R> R accept(Visitor<R> visitor) {
      return visitor.conditional(this);
    }
  }

  /** One condition of an {@code if} and what it guards. */
  record Branch(Expression condition, List<Statement> body) {}

  /**
   * {@code for target in iterable if filter}.
   *
   * @param scope number of the body's scope; the filter's is the next one, {@code else}'s the one
   *     after
   * @param loopId occurrence number under which {@code loop} is bound in the body
   */
  record For(
      Target target,
      Expression iterable,
      @Nullable Expression filter,
      boolean isRecursive,
      List<Statement> body,
      List<Statement> otherwise,
      int scope,
      int loopId,
      Span span)
      implements Statement {
    @Override
    public <R> R accept(Visitor<R> visitor) {
      return visitor.loop(this);
    }
  }

  /** {@code break} or {@code continue}. */
  record LoopControl(boolean isBreak, Span span) implements Statement {
    @Override
    public <R> R accept(Visitor<R> visitor) {
      return visitor.loopControl(this);
    }
  }

  /** {@code set target = value}. */
  record Assign(Target target, Expression value, Span span) implements Statement {
    @Override
    public <R> R accept(Visitor<R> visitor) {
      return visitor.assign(this);
    }
  }

  /** {@code set target} … {@code endset}: the body's text, filtered if a filter is given. */
  record AssignBlock(
      Target target, @Nullable FilterCall filter, List<Statement> body, int scope, Span span)
      implements Statement {
    @Override
    public <R> R accept(Visitor<R> visitor) {
      return visitor.assignBlock(this);
    }
  }

  /** A macro's definition. */
  record Macro(Name name, Signature signature, List<Statement> body, int scope, Span span)
      implements Statement {
    @Override
    public <R> R accept(Visitor<R> visitor) {
      return visitor.macro(this);
    }
  }

  /** {@code call(parameters) macro(…)}: calls it with the body as its {@code caller}. */
  record CallBlock(Call call, Signature signature, List<Statement> body, int scope, Span span)
      implements Statement {
    @Override
    public <R> R accept(Visitor<R> visitor) {
      return visitor.callBlock(this);
    }
  }

  /**
   * The parameters of a macro or call block. Defaults belong to the last parameters.
   *
   * @param callerId occurrence number under which {@code caller} is bound; the next two are {@code
   *     kwargs}'s and {@code varargs}'s
   */
  record Signature(List<Name> parameters, List<Expression> defaults, int callerId) {}

  /** {@code filter name} … {@code endfilter}. */
  record FilterBlock(FilterCall filter, List<Statement> body, int scope, Span span)
      implements Statement {
    @Override
    public <R> R accept(Visitor<R> visitor) {
      return visitor.filterBlock(this);
    }
  }

  /** {@code with target = value, …}; the lists are parallel. */
  record With(
      List<Target> targets, List<Expression> values, List<Statement> body, int scope, Span span)
      implements Statement {
    @Override
    public <R> R accept(Visitor<R> visitor) {
      return visitor.with(this);
    }
  }

  /** {@code generation} … {@code endgeneration}: marks the assistant's text; a scope of its own. */
  record Generation(List<Statement> body, int scope, Span span) implements Statement {
    @Override
    public <R> R accept(Visitor<R> visitor) {
      return visitor.generation(this);
    }
  }

  /** {@code block name}: rendered in place, seeing only the template's own variables. */
  record Block(String name, List<Statement> body, int scope, Span span) implements Statement {
    @Override
    public <R> R accept(Visitor<R> visitor) {
      return visitor.block(this);
    }
  }

  /** A statement that is refused when it is reached, such as {@code include}. */
  record Unsupported(String tag, Span span) implements Statement {
    @Override
    public <R> R accept(Visitor<R> visitor) {
      return visitor.unsupported(this);
    }
  }
}
