package dev.flotilla.chat.jinja;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The variables of one scope while the template is compiled.
 *
 * <p>Jinja decides at compile time where a name lives and what it holds when its scope is entered:
 * a name that a scope assigns is the scope's own, and starts as a copy of the enclosing scope's
 * variable if there is one; a name that it only reads is the nearest enclosing scope's that has it,
 * or else a variable of the context.
 */
final class Scope {

  /** What a variable holds when its scope is entered. */
  enum Initial {
    /** What the statement that opens the scope puts there: a loop's target, a parameter. */
    GIVEN,
    /** The context's variable of that name. */
    CONTEXT,
    /** A copy of the enclosing scope's variable. */
    OUTER,
    /** Nothing. */
    UNDEFINED
  }

  /**
   * A variable.
   *
   * @param function level of the function (template, macro, recursive loop) whose frame holds it
   * @param slot its place in that frame
   */
  record Variable(String name, int function, int slot) {}

  /** What entering a scope does to one variable. */
  record Load(int slot, Initial initial, String name, int outerHops, int outerSlot) {}

  /**
   * All that rendering needs to know of a scope.
   *
   * @param frameSize slots of the frame to open with it; 0 if it lives in the enclosing frame
   */
  record Layout(List<Load> loads, int frameSize) {}

  private final @Nullable Scope parent;
  private final Function function;
  private final boolean opensFunction;
  private final Map<String, Variable> variables = new HashMap<>();
  private final Map<String, Initial> initials = new HashMap<>();
  private final List<String> order = new ArrayList<>();
  private final Set<String> assigned = new HashSet<>();

  private Scope(@Nullable Scope parent, Function function, boolean opensFunction) {
    this.parent = parent;
    this.function = function;
    this.opensFunction = opensFunction;
  }

  /** Slots are counted per function: all scopes inside one share a frame. */
  private static final class Function {
    private final int level;
    private int slots;

    Function(int level) {
      this.level = level;
    }
  }

  /** The outermost scope, of a template or a block. */
  static Scope root() {
    return new Scope(null, new Function(0), true);
  }

  /** A scope inside this one that lives in the same frame. */
  Scope inner() {
    return new Scope(this, function, false);
  }

  /** A scope that lives in this one's frame but sees only what encloses this one. */
  Scope beside() {
    return new Scope(parent, function, false);
  }

  /** A scope inside this one with a frame of its own. */
  Scope innerFunction() {
    return new Scope(this, new Function(function.level + 1), true);
  }

  void declareGiven(String name) {
    assigned.add(name);
    define(name, Initial.GIVEN);
  }

  /** Gives this scope {@code other}'s variable of that name. */
  void share(String name, Scope other) {
    Variable variable = other.variables.get(name);
    if (variable != null && variables.put(name, variable) == null) {
      order.add(name);
      initials.put(name, Initial.GIVEN);
    }
  }

  void declareRead(String name) {
    if (find(name) == null) {
      define(name, Initial.CONTEXT);
    }
  }

  /**
   * Notes an assignment.
   *
   * @param isConditional whether it is inside an {@code if} of this scope, so that the name may be
   *     read without it having happened
   */
  void declareAssigned(String name, boolean isConditional) {
    if (!assigned.add(name) || variables.containsKey(name)) {
      return;
    }
    if (parent != null && parent.find(name) != null) {
      define(name, Initial.OUTER);
    } else {
      define(name, isConditional ? Initial.CONTEXT : Initial.UNDEFINED);
    }
  }

  private void define(String name, Initial initial) {
    if (!variables.containsKey(name)) {
      variables.put(name, new Variable(name, function.level, function.slots++));
      order.add(name);
    }
    initials.put(name, initial);
  }

  @Nullable Variable find(String name) {
    for (Scope scope = this; scope != null; scope = scope.parent) {
      Variable variable = scope.variables.get(name);
      if (variable != null) {
        return variable;
      }
    }
    return null;
  }

  /** How many frames out from this scope's frame {@code variable} lives. */
  int hops(Variable variable) {
    return function.level - variable.function;
  }

  /** To be called when everything inside has been resolved too. */
  Layout layout() {
    List<Load> loads = new ArrayList<>(order.size());
    for (String name : order) {
      Variable variable = variables.get(name);
      Initial initial = initials.get(name);
      if (variable == null || initial == null) {
        throw new IllegalStateException(name);
      }
      Variable outer = initial == Initial.OUTER && parent != null ? parent.find(name) : null;
      loads.add(
          outer == null
              ? new Load(variable.slot(), initial, name, 0, 0)
              : new Load(variable.slot(), initial, name, hops(outer), outer.slot()));
    }
    return new Layout(List.copyOf(loads), opensFunction ? function.slots : 0);
  }
}
