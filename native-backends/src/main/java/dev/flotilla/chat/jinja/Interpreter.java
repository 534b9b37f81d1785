package dev.flotilla.chat.jinja;

import dev.flotilla.chat.jinja.Expression.FilterCall;
import dev.flotilla.chat.jinja.Interpreter.Completion;
import dev.flotilla.chat.jinja.Scope.Layout;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Executes statements. One rendering, one thread. */
final class Interpreter implements Statement.Visitor<Completion> {

  /** How a statement ended. */
  enum Completion {
    NORMAL,
    BREAK,
    CONTINUE
  }

  private final Source source;
  private final Resolver.Resolution names;
  private final Limits limits;
  private final Budget budget;
  private final Evaluator evaluator;
  private final Variables variables;

  private Frame frame;
  private StringBuilder out = new StringBuilder();

  /** The text that the filter at the head of a filter block applies to. */
  private Value blockText = StringValue.EMPTY;

  Interpreter(
      Source source, Resolver.Resolution names, Context context, Budget budget, Clock clock) {
    this.source = source;
    this.names = names;
    this.limits = budget.limits();
    this.budget = budget;
    this.variables = new Variables(names, context);
    Operators operators = new Operators(budget);
    Globals globals = new Globals(operators, clock);
    this.evaluator = new Evaluator(source, variables, this, operators, globals);
    this.frame = new Frame(names.root.frameSize(), null);
  }

  /** Renders the whole template. */
  String render(List<Statement> body) {
    variables.enter(names.root, frame);
    execute(body);
    return out.toString();
  }

  /** The variables of the function being executed. */
  Frame frame() {
    return frame;
  }

  Value blockText() {
    return blockText;
  }

  private Completion execute(List<Statement> body) {
    for (int i = 0; i < body.size(); i++) {
      Statement statement = body.get(i);
      Completion completion;
      try {
        evaluator.enter();
        completion = statement.accept(this);
        evaluator.leave();
      } catch (Failure failure) {
        throw failure.at(source, statement.span());
      }
      if (completion != Completion.NORMAL) {
        return completion;
      }
    }
    return Completion.NORMAL;
  }

  @Override
  public Completion text(Statement.Text node) {
    write(node.text());
    return Completion.NORMAL;
  }

  private void write(String text) {
    budget.characters(text.length());
    out.append(text);
    if (out.length() > limits.outputCharacters()) {
      throw Failure.limit("the output is longer than the limit allows");
    }
  }

  @Override
  public Completion output(Statement.Output node) {
    write(evaluator.evaluate(node.value()));
    return Completion.NORMAL;
  }

  private void write(Value value) {
    if (value instanceof StringValue string) {
      write(string.text());
    } else {
      write(Text.of(value, budget));
    }
  }

  @Override
  public Completion conditional(Statement.If node) {
    for (int i = 0; i < node.branches().size(); i++) {
      Statement.Branch branch = node.branches().get(i);
      if (evaluator.evaluate(branch.condition()).isTrue()) {
        return execute(branch.body());
      }
    }
    return execute(node.otherwise());
  }

  @Override
  public Completion loop(Statement.For node) {
    Value iterable = evaluator.evaluate(node.iterable());
    if (node.isRecursive()) {
      write(recurse(node, frame, iterable, 0));
      return Completion.NORMAL;
    }
    return loop(node, iterable, 0, null);
  }

  /** A recursive loop's rendering of {@code iterable}: a function call, with its own frame. */
  private Value recurse(Statement.For node, Frame definition, Value iterable, int depth0) {
    evaluator.enter();
    Frame caller = frame;
    StringBuilder callerOut = out;
    frame = new Frame(names.layouts[node.scope()].frameSize(), definition);
    out = new StringBuilder();
    loop(node, iterable, depth0, (inner, depth) -> recurse(node, definition, inner, depth));
    String text = out.toString();
    frame = caller;
    out = callerOut;
    evaluator.leave();
    return new StringValue(text);
  }

  private Completion loop(
      Statement.For node, Value iterable, int depth0, LoopValue.@Nullable Recursion recursion) {
    Value items = iterable;
    Expression filter = node.filter();
    if (filter != null) {
      Iterator<Value> filtered = new Filtered(node, filter, evaluator.iterate(iterable), frame);
      items = IteratorValue.generator(filtered, iterable, limits);
    }
    LoopValue loop = new LoopValue(items, evaluator.iterate(items), depth0, recursion);
    Layout layout = names.layouts[node.scope()];
    // As in the reference, an iteration that break or continue cut short does not count.
    boolean hasCompleted = false;
    for (Value item = loop.next(); item != null; item = loop.next()) {
      budget.step();
      variables.assign(node.target(), item, frame);
      if (names.isBound[node.loopId()]) {
        frame.slots()[names.slots[node.loopId()]] = loop;
      }
      variables.enter(layout, frame);
      Completion completion = execute(node.body());
      hasCompleted |= completion == Completion.NORMAL;
      if (completion == Completion.BREAK) {
        break;
      }
    }
    variables.leave(layout, frame);
    if (hasCompleted || node.otherwise().isEmpty()) {
      return Completion.NORMAL;
    }
    Layout alternative = names.layouts[node.scope() + 2];
    variables.enter(alternative, frame);
    Completion completion = execute(node.otherwise());
    variables.leave(alternative, frame);
    return completion;
  }

  /** The elements that a loop's filter lets through. */
  private final class Filtered extends LazyIterator {
    private final Statement.For node;
    private final Expression filter;
    private final Iterator<Value> items;
    private final Frame home;

    Filtered(Statement.For node, Expression filter, Iterator<Value> items, Frame home) {
      this.node = node;
      this.filter = filter;
      this.items = items;
      this.home = home;
    }

    @Override
    @Nullable Value advance() {
      while (items.hasNext()) {
        Value item = items.next();
        if (passes(item)) {
          return item;
        }
      }
      return null;
    }

    /** The loop may ask in the middle of an iteration, whose target must not change. */
    private boolean passes(Value item) {
      Frame asking = frame;
      frame = home;
      @Nullable Value[] saved = home.slots().clone();
      variables.assign(node.target(), item, home);
      variables.enter(names.layouts[node.scope() + 1], frame);
      boolean passes = evaluator.evaluate(filter).isTrue();
      System.arraycopy(saved, 0, home.slots(), 0, saved.length);
      frame = asking;
      return passes;
    }
  }

  @Override
  public Completion loopControl(Statement.LoopControl node) {
    return node.isBreak() ? Completion.BREAK : Completion.CONTINUE;
  }

  @Override
  public Completion assign(Statement.Assign node) {
    variables.assign(node.target(), evaluator.evaluate(node.value()), frame);
    return Completion.NORMAL;
  }

  @Override
  public Completion assignBlock(Statement.AssignBlock node) {
    return capture(node.body(), node.filter(), names.layouts[node.scope()], node.target());
  }

  @Override
  public Completion filterBlock(Statement.FilterBlock node) {
    return capture(node.body(), node.filter(), names.layouts[node.scope()], null);
  }

  /** Renders a block and assigns its filtered text to {@code target}, or writes it if null. */
  private Completion capture(
      List<Statement> body, @Nullable FilterCall filter, Layout layout, @Nullable Target target) {
    StringBuilder outer = out;
    out = new StringBuilder();
    variables.enter(layout, frame);
    Completion completion = execute(body);
    Value text = new StringValue(out.toString());
    out = outer;
    if (completion == Completion.NORMAL) {
      Value outerText = blockText;
      blockText = text;
      Value result = filter == null ? text : evaluator.evaluate(filter);
      blockText = outerText;
      if (target == null) {
        write(result);
      } else {
        variables.assign(target, result, frame);
      }
    }
    variables.leave(layout, frame);
    return completion;
  }

  @Override
  public Completion macro(Statement.Macro node) {
    String name = node.name().name();
    Value macro = new Callable.Macro(name, node.signature(), node.body(), node.scope(), frame);
    variables.assign(node.name(), macro, frame);
    return Completion.NORMAL;
  }

  @Override
  public Completion callBlock(Statement.CallBlock node) {
    Value caller = new Callable.Macro(null, node.signature(), node.body(), node.scope(), frame);
    write(evaluator.callWithCaller(node.call(), caller));
    return Completion.NORMAL;
  }

  /** Calls a macro. */
  Value call(Callable.Macro macro, Arguments given) {
    evaluator.enter();
    Frame callee = new Frame(names.layouts[macro.scope()].frameSize(), macro.frame());
    MacroCall call = new MacroCall(macro, given, names, limits);
    call.bind(callee);
    Frame caller = frame;
    StringBuilder callerOut = out;
    frame = callee;
    out = new StringBuilder();
    variables.enter(names.layouts[macro.scope()], frame);
    call.fillDefaults(callee, evaluator);
    execute(macro.body());
    String text = out.toString();
    frame = caller;
    out = callerOut;
    evaluator.leave();
    return new StringValue(text);
  }

  @Override
  public Completion with(Statement.With node) {
    List<Value> values = new ArrayList<>(node.values().size());
    for (Expression value : node.values()) {
      values.add(evaluator.evaluate(value));
    }
    Layout layout = names.layouts[node.scope()];
    variables.enter(layout, frame);
    for (int i = 0; i < values.size(); i++) {
      variables.assign(node.targets().get(i), values.get(i), frame);
    }
    Completion completion = execute(node.body());
    variables.leave(layout, frame);
    return completion;
  }

  @Override
  public Completion generation(Statement.Generation node) {
    Layout layout = names.layouts[node.scope()];
    variables.enter(layout, frame);
    execute(node.body());
    variables.leave(layout, frame);
    return Completion.NORMAL;
  }

  @Override
  public Completion block(Statement.Block node) {
    Layout layout = names.layouts[node.scope()];
    Frame outer = frame;
    frame = new Frame(layout.frameSize(), null);
    variables.enter(layout, frame);
    execute(node.body());
    frame = outer;
    return Completion.NORMAL;
  }

  @Override
  public Completion unsupported(Statement.Unsupported node) {
    throw Failure.unsupported(
        "'" + node.tag() + "' needs another template, and chat templates have none");
  }
}
