package dev.flotilla.chat.jinja;

/**
 * The first pass over a scope: notes what its statements read and assign, in order, and leaves
 * alone what belongs to the scopes inside it.
 */
final class Declarations extends TreeWalker {
  private final Scope scope;
  private boolean isConditional;

  Declarations(Scope scope) {
    this.scope = scope;
  }

  /** Declares the names of {@code target} as given by the statement that opens the scope. */
  void given(Target target) {
    for (String name : Assigns.names(target)) {
      scope.declareGiven(name);
    }
  }

  @Override
  public Visited name(Expression.Name node) {
    scope.declareRead(node.name());
    return Visited.VISITED;
  }

  @Override
  void assigned(Expression.Name node) {
    scope.declareAssigned(node.name(), isConditional);
  }

  @Override
  public Visited conditional(Statement.If node) {
    walk(node.branches().getFirst().condition());
    boolean wasConditional = isConditional;
    isConditional = true;
    super.conditional(node);
    isConditional = wasConditional;
    return Visited.VISITED;
  }

  @Override
  public Visited assign(Statement.Assign node) {
    walk(node.value());
    walk(node.target());
    return Visited.VISITED;
  }

  @Override
  public Visited loop(Statement.For node) {
    walk(node.iterable());
    return Visited.VISITED;
  }

  @Override
  public Visited assignBlock(Statement.AssignBlock node) {
    walk(node.target());
    return Visited.VISITED;
  }

  @Override
  public Visited macro(Statement.Macro node) {
    assigned(node.name());
    return Visited.VISITED;
  }

  @Override
  public Visited callBlock(Statement.CallBlock node) {
    walk(node.call());
    return Visited.VISITED;
  }

  @Override
  public Visited filterBlock(Statement.FilterBlock node) {
    walk(node.filter());
    return Visited.VISITED;
  }

  @Override
  public Visited with(Statement.With node) {
    walkAll(node.values());
    return Visited.VISITED;
  }

  @Override
  public Visited generation(Statement.Generation node) {
    return Visited.VISITED;
  }

  @Override
  public Visited block(Statement.Block node) {
    return Visited.VISITED;
  }
}
