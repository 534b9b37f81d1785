package dev.flotilla.chat.jinja;

import dev.flotilla.chat.jinja.Scope.Layout;
import dev.flotilla.chat.jinja.Scope.Load;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A rendering's variables: what a scope starts with, what names stand for, what assigns them. */
final class Variables {
  private final Resolver.Resolution names;
  private final Context context;

  /** What the template assigned at its top level, for its blocks. */
  private final Map<String, Value> exported = new HashMap<>();

  Variables(Resolver.Resolution names, Context context) {
    this.names = names;
    this.context = context;
  }

  /** Gives the variables of a scope what they hold before anything in it runs. */
  void enter(Layout layout, Frame frame) {
    List<Load> loads = layout.loads();
    for (int i = 0; i < loads.size(); i++) {
      Load load = loads.get(i);
      switch (load.initial()) {
        case GIVEN -> {}
        case UNDEFINED -> frame.slots()[load.slot()] = null;
        case OUTER ->
            frame.slots()[load.slot()] = frame.out(load.outerHops()).slots()[load.outerSlot()];
        case CONTEXT -> frame.slots()[load.slot()] = lookUp(load.name());
      }
    }
  }

  private @Nullable Value lookUp(String name) {
    Value value = exported.get(name);
    return value == null ? context.get(name) : value;
  }

  void leave(Layout layout, Frame frame) {
    List<Load> loads = layout.loads();
    for (int i = 0; i < loads.size(); i++) {
      frame.slots()[loads.get(i).slot()] = null;
    }
  }

  Value valueOf(Expression.Name name, Frame frame) {
    Value value = frame.out(names.hops[name.id()]).slots()[names.slots[name.id()]];
    return value == null ? UndefinedValue.variable(name.name()) : value;
  }

  void assign(Target target, Value value, Frame frame) {
    if (target instanceof Expression.Name name) {
      frame.out(names.hops[name.id()]).slots()[names.slots[name.id()]] = value;
      if (names.isExported[name.id()]) {
        exported.put(name.name(), value);
      }
    } else if (target instanceof Target.NamespaceAttribute attribute) {
      if (!(valueOf(attribute.namespace(), frame) instanceof NamespaceValue namespace)) {
        throw Failure.runtime("cannot assign attribute on non-namespace object");
      }
      namespace.set(attribute.attribute(), value);
    } else if (target instanceof Target.Unpack unpack) {
      unpack(unpack.targets(), value, frame);
    }
  }

  private void unpack(List<Target> targets, Value value, Frame frame) {
    Iterator<Value> items = value.iterator();
    if (items == null) {
      throw Failure.type("cannot unpack non-iterable " + value.typeName() + " object");
    }
    List<Value> values = new ArrayList<>(targets.size());
    while (items.hasNext()) {
      values.add(items.next());
      if (values.size() > targets.size()) {
        throw Failure.value("too many values to unpack (expected " + targets.size() + ")");
      }
    }
    if (values.size() < targets.size()) {
      throw Failure.value(
          "not enough values to unpack (expected "
              + targets.size()
              + ", got "
              + values.size()
              + ")");
    }
    for (int i = 0; i < values.size(); i++) {
      assign(targets.get(i), values.get(i), frame);
    }
  }
}
