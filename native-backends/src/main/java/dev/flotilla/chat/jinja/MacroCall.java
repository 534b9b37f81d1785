package dev.flotilla.chat.jinja;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Binds the arguments of a macro's call to its parameters, as jinja2's {@code Macro} does. */
final class MacroCall {
  private final Callable.Macro macro;
  private final Arguments given;
  private final Resolver.Resolution names;
  private final Limits limits;

  MacroCall(Callable.Macro macro, Arguments given, Resolver.Resolution names, Limits limits) {
    this.macro = macro;
    this.given = given;
    this.names = names;
    this.limits = limits;
  }

  /** Puts the arguments into the slots of {@code frame}; those not given stay empty. */
  void bind(Frame frame) {
    List<Expression.Name> parameters = macro.signature().parameters();
    List<String> restNames = new ArrayList<>(given.names());
    List<Value> restValues = new ArrayList<>(given.named());
    int positional = Math.min(parameters.size(), given.positional().size());
    boolean hasCallerParameter = false;
    for (int i = 0; i < parameters.size(); i++) {
      String name = parameters.get(i).name();
      hasCallerParameter |= name.equals("caller");
      int slot = names.slots[parameters.get(i).id()];
      int index = restNames.indexOf(name);
      if (i < positional) {
        frame.slots()[slot] = given.positional().get(i);
      } else if (index >= 0) {
        frame.slots()[slot] = restValues.get(index);
        restNames.remove(index);
        restValues.remove(index);
      }
    }
    int special = macro.signature().callerId();
    if (names.isBound[special] && !hasCallerParameter) {
      int index = restNames.indexOf("caller");
      frame.slots()[names.slots[special]] =
          index >= 0 ? restValues.remove(index) : UndefinedValue.because("No caller defined");
      if (index >= 0) {
        restNames.remove(index);
      }
    }
    bindNamedRest(frame, restNames, restValues);
    bindRest(frame, positional);
  }

  /** Gives the parameters that are still empty their defaults, which see those before them. */
  void fillDefaults(Frame frame, Evaluator evaluator) {
    List<Expression.Name> parameters = macro.signature().parameters();
    List<Expression> defaults = macro.signature().defaults();
    int required = parameters.size() - defaults.size();
    for (int i = 0; i < parameters.size(); i++) {
      int slot = names.slots[parameters.get(i).id()];
      if (frame.slots()[slot] == null) {
        frame.slots()[slot] =
            i < required
                ? UndefinedValue.because(
                    "parameter " + Chars.quote(parameters.get(i).name()) + " was not provided")
                : evaluator.evaluate(defaults.get(i - required));
      }
    }
  }

  private void bindNamedRest(Frame frame, List<String> restNames, List<Value> restValues) {
    int special = macro.signature().callerId() + 1;
    if (names.isBound[special]) {
      Map<Value, Value> entries = DictValue.newEntries();
      for (int i = 0; i < restNames.size(); i++) {
        entries.put(new StringValue(restNames.get(i)), restValues.get(i));
      }
      frame.slots()[names.slots[special]] = new DictValue(entries, limits);
    } else if (restNames.contains("caller")) {
      throw Failure.type(
          "macro "
              + quotedName()
              + " was invoked with two values for the special caller argument. This is most likely"
              + " a bug.");
    } else if (!restNames.isEmpty()) {
      throw Failure.type(
          "macro "
              + quotedName()
              + " takes no keyword argument "
              + Chars.quote(restNames.getFirst()));
    }
  }

  private void bindRest(Frame frame, int positional) {
    List<Value> rest = given.positional().subList(positional, given.positional().size());
    int special = macro.signature().callerId() + 2;
    if (names.isBound[special]) {
      frame.slots()[names.slots[special]] = ArrayValue.tuple(List.copyOf(rest), limits);
    } else if (!rest.isEmpty()) {
      throw Failure.type(
          "macro "
              + quotedName()
              + " takes not more than "
              + macro.signature().parameters().size()
              + " argument(s)");
    }
  }

  private String quotedName() {
    return macro.name() == null ? "None" : Chars.quote(macro.name());
  }
}
