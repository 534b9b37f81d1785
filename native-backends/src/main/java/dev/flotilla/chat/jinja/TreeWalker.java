package dev.flotilla.chat.jinja;

import dev.flotilla.chat.jinja.Expression.ArgumentList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Visits every node below the one it is given, in the order in which the reference's visitors meet
 * them; passes over the tree override what interests them.
 */
abstract class TreeWalker
    implements Expression.Visitor<TreeWalker.Visited>, Statement.Visitor<TreeWalker.Visited> {

  /** What every visit returns: there is nothing to say. */
  enum Visited {
    VISITED
  }

  final void walk(List<Statement> body) {
    for (Statement statement : body) {
      statement.accept(this);
    }
  }

  final void walkAll(List<Expression> nodes) {
    for (Expression node : nodes) {
      node.accept(this);
    }
  }

  final void walk(@Nullable Expression node) {
    if (node != null) {
      node.accept(this);
    }
  }

  /** Called for each name that an assignment, loop, macro or {@code with} gives a value. */
  void assigned(Expression.Name name) {}

  final void walk(Target target) {
    if (target instanceof Expression.Name name) {
      assigned(name);
    } else if (target instanceof Target.Unpack unpack) {
      for (Target each : unpack.targets()) {
        walk(each);
      }
    } else if (target instanceof Target.NamespaceAttribute attribute) {
      attribute.namespace().accept(this);
    }
  }

  final void walk(ArgumentList arguments) {
    walkAll(arguments.positional());
    walkAll(arguments.named());
    walk(arguments.rest());
    walk(arguments.namedRest());
  }

  final void walk(Statement.Signature signature) {
    for (Expression.Name parameter : signature.parameters()) {
      assigned(parameter);
    }
    walkAll(signature.defaults());
  }

  @Override
  public Visited constant(Expression.Constant node) {
    return Visited.VISITED;
  }

  @Override
  public Visited name(Expression.Name node) {
    return Visited.VISITED;
  }

  @Override
  public Visited sequence(Expression.Sequence node) {
    walkAll(node.items());
    return Visited.VISITED;
  }

  @Override
  public Visited dictionary(Expression.Dictionary node) {
    walkAll(node.keys());
    walkAll(node.values());
    return Visited.VISITED;
  }

  @Override
  public Visited negate(Expression.Negate node) {
    walk(node.operand());
    return Visited.VISITED;
  }

  @Override
  public Visited not(Expression.Not node) {
    walk(node.operand());
    return Visited.VISITED;
  }

  @Override
  public Visited binary(Expression.Binary node) {
    walk(node.left());
    walk(node.right());
    return Visited.VISITED;
  }

  @Override
  public Visited logical(Expression.Logical node) {
    walk(node.left());
    walk(node.right());
    return Visited.VISITED;
  }

  @Override
  public Visited concat(Expression.Concat node) {
    walkAll(node.operands());
    return Visited.VISITED;
  }

  @Override
  public Visited compare(Expression.Compare node) {
    walk(node.first());
    walkAll(node.rest());
    return Visited.VISITED;
  }

  @Override
  public Visited conditional(Expression.Conditional node) {
    walk(node.condition());
    walk(node.then());
    walk(node.otherwise());
    return Visited.VISITED;
  }

  @Override
  public Visited attribute(Expression.Attribute node) {
    walk(node.object());
    return Visited.VISITED;
  }

  @Override
  public Visited item(Expression.Item node) {
    walk(node.object());
    walk(node.key());
    return Visited.VISITED;
  }

  @Override
  public Visited slice(Expression.Slice node) {
    walk(node.object());
    walk(node.start());
    walk(node.stop());
    walk(node.step());
    return Visited.VISITED;
  }

  @Override
  public Visited filter(Expression.FilterCall node) {
    walk(node.operand());
    walk(node.arguments());
    return Visited.VISITED;
  }

  @Override
  public Visited test(Expression.TestCall node) {
    walk(node.operand());
    walk(node.arguments());
    return Visited.VISITED;
  }

  @Override
  public Visited call(Expression.Call node) {
    walk(node.callee());
    walk(node.arguments());
    return Visited.VISITED;
  }

  @Override
  public Visited text(Statement.Text node) {
    return Visited.VISITED;
  }

  @Override
  public Visited output(Statement.Output node) {
    walk(node.value());
    return Visited.VISITED;
  }

  @Override
  public Visited conditional(Statement.If node) {
    for (Statement.Branch branch : node.branches()) {
      walk(branch.condition());
      walk(branch.body());
    }
    walk(node.otherwise());
    return Visited.VISITED;
  }

  @Override
  public Visited loop(Statement.For node) {
    walk(node.target());
    walk(node.iterable());
    walk(node.body());
    walk(node.otherwise());
    walk(node.filter());
    return Visited.VISITED;
  }

  @Override
  public Visited loopControl(Statement.LoopControl node) {
    return Visited.VISITED;
  }

  @Override
  public Visited assign(Statement.Assign node) {
    walk(node.target());
    walk(node.value());
    return Visited.VISITED;
  }

  @Override
  public Visited assignBlock(Statement.AssignBlock node) {
    walk(node.target());
    walk(node.filter());
    walk(node.body());
    return Visited.VISITED;
  }

  @Override
  public Visited macro(Statement.Macro node) {
    walk(node.signature());
    walk(node.body());
    return Visited.VISITED;
  }

  @Override
  public Visited callBlock(Statement.CallBlock node) {
    walk(node.call());
    walk(node.signature());
    walk(node.body());
    return Visited.VISITED;
  }

  @Override
  public Visited filterBlock(Statement.FilterBlock node) {
    walk(node.body());
    walk(node.filter());
    return Visited.VISITED;
  }

  @Override
  public Visited with(Statement.With node) {
    for (Target target : node.targets()) {
      walk(target);
    }
    walkAll(node.values());
    walk(node.body());
    return Visited.VISITED;
  }

  @Override
  public Visited generation(Statement.Generation node) {
    walk(node.body());
    return Visited.VISITED;
  }

  @Override
  public Visited block(Statement.Block node) {
    walk(node.body());
    return Visited.VISITED;
  }

  @Override
  public Visited unsupported(Statement.Unsupported node) {
    return Visited.VISITED;
  }
}
