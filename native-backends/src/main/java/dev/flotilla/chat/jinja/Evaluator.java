package dev.flotilla.chat.jinja;

import dev.flotilla.chat.jinja.Expression.ArgumentList;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Evaluates expressions. One rendering, one thread. */
final class Evaluator implements Expression.Visitor<Value> {
  private final Source source;
  private final Variables variables;
  private final Interpreter interpreter;
  private final Budget budget;
  private final Limits limits;
  private final Operators operators;
  private final Attributes attributes;
  private final Tests tests;
  private final Filters filters;
  private final Methods methods;
  private final Globals globals;

  /** Expressions and statements within one another right now. */
  private int depth;

  Evaluator(
      Source source,
      Variables variables,
      Interpreter interpreter,
      Operators operators,
      Globals globals) {
    this.source = source;
    this.variables = variables;
    this.interpreter = interpreter;
    this.budget = operators.budget();
    this.limits = operators.limits();
    this.operators = operators;
    this.attributes = new Attributes(budget);
    StringMethods strings = new StringMethods(operators, attributes);
    this.tests = new Tests(operators);
    this.filters = new Filters(operators, attributes, strings, tests);
    this.methods = new Methods(operators, strings);
    this.globals = globals;
  }

  /** The value of {@code node}; a failure inside it is placed there. */
  Value evaluate(Expression node) {
    try {
      enter();
      Value value = node.accept(this);
      depth--;
      return value;
    } catch (Failure failure) {
      throw failure.at(source, node.span());
    }
  }

  /** Counts a step, one level deeper; {@link #leave} takes the level back. */
  void enter() {
    budget.step();
    if (++depth > limits.evaluationDepth()) {
      throw Failure.limit("the template calls itself deeper than the limit allows");
    }
  }

  void leave() {
    depth--;
  }

  @Override
  public Value constant(Expression.Constant node) {
    return node.value();
  }

  @Override
  public Value name(Expression.Name node) {
    return variables.valueOf(node, interpreter.frame());
  }

  @Override
  public Value sequence(Expression.Sequence node) {
    List<Value> items = evaluateAll(node.items());
    return node.isTuple() ? ArrayValue.tuple(items, limits) : ArrayValue.list(items, limits);
  }

  private List<Value> evaluateAll(List<Expression> nodes) {
    List<Value> values = new ArrayList<>(nodes.size());
    for (int i = 0; i < nodes.size(); i++) {
      values.add(evaluate(nodes.get(i)));
    }
    return values;
  }

  @Override
  public Value dictionary(Expression.Dictionary node) {
    Map<Value, Value> entries = DictValue.newEntries();
    for (int i = 0; i < node.keys().size(); i++) {
      Value key = evaluate(node.keys().get(i));
      DictValue.put(entries, key, evaluate(node.values().get(i)));
    }
    return new DictValue(entries, limits);
  }

  @Override
  public Value negate(Expression.Negate node) {
    return operators.negate(evaluate(node.operand()), node.isPlus());
  }

  @Override
  public Value not(Expression.Not node) {
    return BoolValue.of(!evaluate(node.operand()).isTrue());
  }

  @Override
  public Value binary(Expression.Binary node) {
    Value left = evaluate(node.left());
    return operators.apply(node.operator(), left, evaluate(node.right()));
  }

  @Override
  public Value logical(Expression.Logical node) {
    Value left = evaluate(node.left());
    return left.isTrue() == node.isAnd() ? evaluate(node.right()) : left;
  }

  @Override
  public Value concat(Expression.Concat node) {
    Text out = new Text(budget);
    for (Value value : evaluateAll(node.operands())) {
      value.str(out);
    }
    return new StringValue(out.toString());
  }

  @Override
  public Value compare(Expression.Compare node) {
    Value left = evaluate(node.first());
    Value result = BoolValue.TRUE;
    for (int i = 0; i < node.operators().size() && result.isTrue(); i++) {
      Value right = evaluate(node.rest().get(i));
      result = operators.apply(node.operators().get(i), left, right);
      left = right;
    }
    return result;
  }

  @Override
  public Value conditional(Expression.Conditional node) {
    if (evaluate(node.condition()).isTrue()) {
      return evaluate(node.then());
    }
    if (node.otherwise() != null) {
      return evaluate(node.otherwise());
    }
    return UndefinedValue.because(
        "the inline if-expression on line "
            + source.line(node.span().start())
            + " evaluated to false and no else section was defined.");
  }

  @Override
  public Value attribute(Expression.Attribute node) {
    return attributes.attribute(evaluate(node.object()), node.name());
  }

  @Override
  public Value item(Expression.Item node) {
    Value object = evaluate(node.object());
    return attributes.item(object, evaluate(node.key()));
  }

  @Override
  public Value slice(Expression.Slice node) {
    Value object = evaluate(node.object());
    Value start = optional(node.start());
    Value stop = optional(node.stop());
    return attributes.slice(object, start, stop, optional(node.step()));
  }

  private @Nullable Value optional(@Nullable Expression node) {
    return node == null ? null : evaluate(node);
  }

  @Override
  public Value filter(Expression.FilterCall node) {
    Expression operand = node.operand();
    return operand == null
        ? applyFilter(node, interpreter.blockText())
        : applyFilter(node, evaluate(operand));
  }

  private Value applyFilter(Expression.FilterCall node, Value value) {
    Arguments given = arguments(node.arguments());
    Filter filter = node.filter();
    if (filter == null) {
      throw Failure.runtime("No filter named " + Chars.quote(node.name()) + " found.");
    }
    return filters.apply(filter, value, given);
  }

  @Override
  public Value test(Expression.TestCall node) {
    Value value = evaluate(node.operand());
    Arguments given = arguments(node.arguments());
    if (node.test() == null) {
      throw Failure.runtime("No test named " + Chars.quote(node.name()) + " found.");
    }
    return BoolValue.of(tests.holds(node.test(), value, given));
  }

  @Override
  public Value call(Expression.Call node) {
    Value callee = evaluate(node.callee());
    return call(callee, arguments(node.arguments()));
  }

  /** The call of a {@code call} block, with the block as its {@code caller}. */
  Value callWithCaller(Expression.Call node, Value caller) {
    try {
      Value callee = evaluate(node.callee());
      Arguments given = arguments(node.arguments());
      if (given.named("caller") != null) {
        throw Failure.type("call() got multiple values for keyword argument 'caller'");
      }
      List<String> argumentNames = new ArrayList<>(given.names());
      List<Value> named = new ArrayList<>(given.named());
      argumentNames.add("caller");
      named.add(caller);
      return call(callee, new Arguments(given.positional(), argumentNames, named));
    } catch (Failure failure) {
      throw failure.at(source, node.span());
    }
  }

  private Value call(Value callee, Arguments given) {
    if (callee instanceof MethodValue method) {
      return methods.call(method, given);
    }
    if (callee instanceof Callable.Macro macro) {
      return interpreter.call(macro, given);
    }
    if (callee instanceof GlobalFunction function) {
      return globals.call(function, given);
    }
    if (callee instanceof LoopValue loop && given.count() == 1 && given.names().isEmpty()) {
      return loop.recurse(given.positional().getFirst());
    }
    if (callee instanceof Callable.Joiner joiner && given.count() == 0) {
      return joiner.next();
    }
    operators.requireDefined(callee);
    throw Failure.type("'" + callee.typeName() + "' object is not callable");
  }

  private Arguments arguments(ArgumentList nodes) {
    if (nodes.isEmpty()) {
      return Arguments.NONE;
    }
    List<Value> positional = evaluateAll(nodes.positional());
    if (nodes.rest() != null) {
      positional.addAll(operators.listOf(evaluate(nodes.rest())));
    }
    if (nodes.names().isEmpty() && nodes.namedRest() == null) {
      return new Arguments(positional, List.of(), List.of());
    }
    List<String> given = new ArrayList<>(nodes.names());
    List<Value> named = evaluateAll(nodes.named());
    if (nodes.namedRest() != null) {
      addNamed(evaluate(nodes.namedRest()), given, named);
    }
    return new Arguments(positional, given, named);
  }

  private void addNamed(Value mapping, List<String> given, List<Value> named) {
    operators.requireDefined(mapping);
    if (!(mapping instanceof DictValue dict)) {
      throw Failure.type("argument after ** must be a mapping, not " + mapping.typeName());
    }
    for (Map.Entry<Value, Value> entry : dict.entries().entrySet()) {
      if (!(entry.getKey() instanceof StringValue name)) {
        throw Failure.type("keywords must be strings");
      }
      if (given.contains(name.text())) {
        throw Failure.type("got multiple values for keyword argument " + Chars.quote(name.text()));
      }
      given.add(name.text());
      named.add(entry.getValue());
    }
  }

  /** Iterates {@code value} for a loop or an unpacking. */
  Iterator<Value> iterate(Value value) {
    return operators.iterate(value);
  }
}
