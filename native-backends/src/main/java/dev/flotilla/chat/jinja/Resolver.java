package dev.flotilla.chat.jinja;

import dev.flotilla.chat.jinja.Expression.FilterCall;
import dev.flotilla.chat.jinja.Expression.Name;
import dev.flotilla.chat.jinja.JinjaException.Kind;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Binds every name to a slot. Two passes over each scope, as in the reference's compiler: the first
 * finds what the scope reads and assigns, the second binds the names and goes on to the scopes
 * inside, which therefore see all variables of the outer ones, wherever those are assigned.
 */
final class Resolver extends TreeWalker {

  /** Where every numbered name occurrence lives, and what every numbered scope holds. */
  static final class Resolution {
    final int[] hops;
    final int[] slots;

    /** Whether {@code kwargs}, {@code varargs}, {@code caller} and the like are wanted. */
    final boolean[] isBound;

    /** Occurrences that assign at the top level, where blocks can see it. */
    final boolean[] isExported;

    final Scope.Layout[] layouts;
    final Scope.Layout root;

    private Resolution(Resolver resolver, Scope.Layout root) {
      this.hops = resolver.hops;
      this.slots = resolver.slots;
      this.isBound = resolver.isBound;
      this.isExported = resolver.isExported;
      this.layouts = resolver.layouts;
      this.root = root;
    }
  }

  /**
   * Where the second pass is.
   *
   * @param isTopLevel whether assignments here are the template's own variables
   * @param isConditional whether a condition of this scope guards the place: there, unknown filters
   *     and tests fail only when they are reached
   */
  private record Place(Scope scope, boolean isTopLevel, boolean isConditional) {
    Place guarded() {
      return new Place(scope, isTopLevel, true);
    }

    static Place inside(Scope scope) {
      return new Place(scope, false, false);
    }
  }

  private final Source source;
  private final int[] hops;
  private final int[] slots;
  private final boolean[] isBound;
  private final boolean[] isExported;
  private final Scope.Layout[] layouts;
  private Place place = new Place(Scope.root(), true, false);

  private Resolver(Source source, Parser.Template template) {
    this.source = source;
    this.hops = new int[template.names()];
    this.slots = new int[template.names()];
    this.isBound = new boolean[template.names()];
    this.isExported = new boolean[template.names()];
    this.layouts = new Scope.Layout[template.scopes()];
  }

  static Resolution resolve(Source source, Parser.Template template) {
    Resolver resolver = new Resolver(source, template);
    Scope root = resolver.place.scope();
    new Declarations(root).walk(template.body());
    resolver.walk(template.body());
    return new Resolution(resolver, root.layout());
  }

  @Override
  public Visited name(Name node) {
    bind(node.name(), node.id());
    return Visited.VISITED;
  }

  @Override
  void assigned(Name node) {
    bind(node.name(), node.id());
    isExported[node.id()] = place.isTopLevel();
  }

  private void bind(String name, int id) {
    Scope.Variable variable = place.scope().find(name);
    if (variable != null) {
      hops[id] = place.scope().hops(variable);
      slots[id] = variable.slot();
      isBound[id] = true;
    }
  }

  @Override
  public Visited filter(Expression.FilterCall node) {
    if (node.filter() == null && !place.isConditional()) {
      throw unknown("filter", node.name(), node.span());
    }
    return super.filter(node);
  }

  @Override
  public Visited test(Expression.TestCall node) {
    if (node.test() == null && !place.isConditional()) {
      throw unknown("test", node.name(), node.span());
    }
    return super.test(node);
  }

  private JinjaException unknown(String what, String name, Span span) {
    return source.error(Kind.RUNTIME, "No " + what + " named " + Chars.quote(name) + ".", span);
  }

  @Override
  public Visited conditional(Expression.Conditional node) {
    Place outer = place;
    place = outer.guarded();
    super.conditional(node);
    place = outer;
    return Visited.VISITED;
  }

  @Override
  public Visited conditional(Statement.If node) {
    Place outer = place;
    place = outer.guarded();
    super.conditional(node);
    place = outer;
    return Visited.VISITED;
  }

  @Override
  public Visited loop(Statement.For node) {
    walk(node.iterable());
    Place outer = place;
    Scope body = node.isRecursive() ? outer.scope().innerFunction() : outer.scope().inner();
    boolean bindsLoop = node.isRecursive() || Uses.name("loop", node.body());
    if (Assigns.name("loop", node)) {
      throw source.error(
          Kind.SYNTAX,
          "Can't assign to special loop variable in for-loop target",
          node.target().span());
    }
    if (bindsLoop) {
      body.declareGiven("loop");
    }
    Declarations declarations = new Declarations(body);
    declarations.given(node.target());
    declarations.walk(node.body());
    loopFilter(node, body);
    loopAlternative(node, body);

    place = Place.inside(body);
    walk(node.target());
    if (bindsLoop) {
      bind("loop", node.loopId());
    }
    walk(node.body());
    layouts[node.scope()] = body.layout();
    place = outer;
    return Visited.VISITED;
  }

  /** A loop's filter sees the loop's targets, and otherwise what the loop itself sees. */
  private void loopFilter(Statement.For node, Scope body) {
    if (node.filter() == null) {
      return;
    }
    Place outer = place;
    Scope filter = body.beside();
    for (String name : Assigns.names(node.target())) {
      filter.share(name, body);
    }
    new Declarations(filter).walk(node.filter());
    place = Place.inside(filter);
    walk(node.filter());
    layouts[node.scope() + 1] = filter.layout();
    place = outer;
  }

  private void loopAlternative(Statement.For node, Scope body) {
    Scope alternative = body.beside();
    new Declarations(alternative).walk(node.otherwise());
    Place outer = place;
    place = Place.inside(alternative);
    walk(node.otherwise());
    layouts[node.scope() + 2] = alternative.layout();
    place = outer;
  }

  @Override
  public Visited assign(Statement.Assign node) {
    walk(node.value());
    walk(node.target());
    return Visited.VISITED;
  }

  @Override
  public Visited assignBlock(Statement.AssignBlock node) {
    walk(node.target());
    filtered(node.body(), node.filter(), node.scope());
    return Visited.VISITED;
  }

  @Override
  public Visited macro(Statement.Macro node) {
    assigned(node.name());
    function(node.signature(), node.body(), node.scope());
    return Visited.VISITED;
  }

  @Override
  public Visited callBlock(Statement.CallBlock node) {
    walk(node.call());
    function(node.signature(), node.body(), node.scope());
    return Visited.VISITED;
  }

  private void function(Statement.Signature signature, List<Statement> body, int id) {
    Scope inner = place.scope().innerFunction();
    Declarations declarations = new Declarations(inner);
    for (Name parameter : signature.parameters()) {
      inner.declareGiven(parameter.name());
    }
    declarations.walkAll(signature.defaults());
    String[] specials = {"caller", "kwargs", "varargs"};
    boolean[] isWanted = new boolean[specials.length];
    for (int i = 0; i < specials.length; i++) {
      isWanted[i] = Uses.name(specials[i], body) && !hasParameter(signature, specials[i]);
      if (isWanted[i]) {
        inner.declareGiven(specials[i]);
      }
    }
    declarations.walk(body);
    Place outer = place;
    place = Place.inside(inner);
    walk(signature);
    for (int i = 0; i < specials.length; i++) {
      if (isWanted[i]) {
        bind(specials[i], signature.callerId() + i);
      }
    }
    walk(body);
    layouts[id] = inner.layout();
    place = outer;
  }

  private static boolean hasParameter(Statement.Signature signature, String name) {
    for (Name parameter : signature.parameters()) {
      if (parameter.name().equals(name)) {
        return true;
      }
    }
    return false;
  }

  @Override
  public Visited filterBlock(Statement.FilterBlock node) {
    filtered(node.body(), node.filter(), node.scope());
    return Visited.VISITED;
  }

  /** A body in a scope of its own, and what its text is filtered by. */
  private void filtered(List<Statement> body, @Nullable FilterCall filter, int id) {
    Scope inner = place.scope().inner();
    Declarations declarations = new Declarations(inner);
    declarations.walk(body);
    declarations.walk(filter);
    Place outer = place;
    place = Place.inside(inner);
    walk(body);
    walk(filter);
    layouts[id] = inner.layout();
    place = outer;
  }

  @Override
  public Visited with(Statement.With node) {
    walkAll(node.values());
    Scope inner = place.scope().inner();
    Declarations declarations = new Declarations(inner);
    for (Target target : node.targets()) {
      declarations.given(target);
    }
    declarations.walk(node.body());
    Place outer = place;
    place = Place.inside(inner);
    for (Target target : node.targets()) {
      walk(target);
    }
    walk(node.body());
    layouts[node.scope()] = inner.layout();
    place = outer;
    return Visited.VISITED;
  }

  @Override
  public Visited generation(Statement.Generation node) {
    Scope inner = place.scope().inner();
    new Declarations(inner).walk(node.body());
    Place outer = place;
    place = Place.inside(inner);
    walk(node.body());
    layouts[node.scope()] = inner.layout();
    place = outer;
    return Visited.VISITED;
  }

  @Override
  public Visited block(Statement.Block node) {
    Scope alone = Scope.root();
    new Declarations(alone).walk(node.body());
    Place outer = place;
    place = Place.inside(alone);
    walk(node.body());
    layouts[node.scope()] = alone.layout();
    place = outer;
    return Visited.VISITED;
  }
}
