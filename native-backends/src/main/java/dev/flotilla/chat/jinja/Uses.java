package dev.flotilla.chat.jinja;

import java.util.List;

/** Finds out whether statements read a name before they assign it, in scopes inside them too. */
final class Uses extends TreeWalker {
  private final String name;
  private boolean isDecided;
  private boolean isUsed;

  private Uses(String name) {
    this.name = name;
  }

  static boolean name(String name, List<Statement> body) {
    Uses uses = new Uses(name);
    uses.walk(body);
    return uses.isUsed;
  }

  @Override
  public Visited name(Expression.Name node) {
    if (!isDecided && node.name().equals(name)) {
      isDecided = true;
      isUsed = true;
    }
    return Visited.VISITED;
  }

  @Override
  void assigned(Expression.Name node) {
    isDecided |= node.name().equals(name);
  }

  @Override
  public Visited block(Statement.Block node) {
    return Visited.VISITED;
  }
}
