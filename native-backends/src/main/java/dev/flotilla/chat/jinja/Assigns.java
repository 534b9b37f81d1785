package dev.flotilla.chat.jinja;

import java.util.ArrayList;
import java.util.List;

/** Finds the names that targets and statements assign. */
final class Assigns extends TreeWalker {
  private final List<String> names = new ArrayList<>();

  private Assigns() {}

  static List<String> names(Target target) {
    Assigns assigns = new Assigns();
    assigns.walk(target);
    return assigns.names;
  }

  static boolean name(String name, Statement.For loop) {
    Assigns assigns = new Assigns();
    loop.accept(assigns);
    return assigns.names.contains(name);
  }

  @Override
  void assigned(Expression.Name node) {
    names.add(node.name());
  }
}
