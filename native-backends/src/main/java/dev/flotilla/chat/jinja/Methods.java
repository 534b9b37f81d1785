package dev.flotilla.chat.jinja;

import dev.flotilla.chat.jinja.Arguments.Bound;
import dev.flotilla.chat.jinja.Arguments.Parameters;
import java.util.Map;

/** The methods of all types; a {@code str}'s are in {@link StringMethods}. */
final class Methods {
  private static final Parameters NONE = new Parameters(0, 0);
  private static final Parameters ONE = new Parameters(1, 1, "value");
  private static final Parameters GET = new Parameters(1, 2, "key", "default");
  private static final Parameters FROM_KEYS = new Parameters(1, 2, "iterable", "value");
  private static final Parameters INDEX = new Parameters(1, 3, "value", "start", "stop");

  private final Operators operators;
  private final StringMethods strings;
  private final Limits limits;

  Methods(Operators operators, StringMethods strings) {
    this.operators = operators;
    this.strings = strings;
    this.limits = operators.limits();
  }

  Value call(MethodValue method, Arguments given) {
    Value receiver = method.receiver();
    String name = method.name();
    if (receiver instanceof StringValue string) {
      return strings.call(string, name, given);
    }
    if (receiver instanceof DictValue dict) {
      return call(dict, name, given);
    }
    if (receiver instanceof SequenceValue sequence) {
      return call(sequence, name, given);
    }
    if (receiver instanceof LoopValue loop) {
      return name.equals("cycle")
          ? loop.cycle(given.positional())
          : BoolValue.of(loop.changed(ArrayValue.tuple(given.positional(), limits)));
    }
    given.bind(name, NONE);
    if (receiver instanceof Callable.Cycler cycler) {
      if (name.equals("next")) {
        return cycler.next();
      }
      cycler.reset();
      return NoneValue.NONE;
    }
    return callNumber(receiver, name);
  }

  private Value call(DictValue dict, String name, Arguments given) {
    return switch (name) {
      case "get" -> get(dict, given);
      case "items" -> view(dict, DictView.Part.ITEMS, name, given);
      case "keys" -> view(dict, DictView.Part.KEYS, name, given);
      case "values" -> view(dict, DictView.Part.VALUES, name, given);
      case "fromkeys" -> fromKeys(given.bind(name, FROM_KEYS));
      default -> {
        given.bind(name, NONE);
        yield dict;
      }
    };
  }

  private static Value get(DictValue dict, Arguments given) {
    Bound bound = given.bind("get", GET);
    Value key = bound.require(0);
    DictValue.requireHashable(key);
    Value value = dict.get(key);
    return value == null ? bound.or(1, NoneValue.NONE) : value;
  }

  private Value view(DictValue dict, DictView.Part part, String name, Arguments given) {
    given.bind(name, NONE);
    return new DictView(dict, part, limits);
  }

  private Value fromKeys(Bound given) {
    Map<Value, Value> entries = DictValue.newEntries();
    for (Value key : operators.listOf(given.require(0))) {
      DictValue.put(entries, key, given.or(1, NoneValue.NONE));
    }
    return new DictValue(entries, limits);
  }

  private Value call(SequenceValue sequence, String name, Arguments given) {
    return switch (name) {
      case "index" -> index(sequence, given.bind(name, INDEX));
      case "count" -> count(sequence, given.bind(name, ONE).require(0));
      default -> {
        given.bind(name, NONE);
        yield sequence;
      }
    };
  }

  private Value index(SequenceValue sequence, Bound given) {
    Value wanted = given.require(0);
    int start = position(given.integer(1, 0), sequence.length());
    int stop =
        Math.min(
            sequence.length(), position(given.integer(2, sequence.length()), sequence.length()));
    for (int i = start; i < stop; i++) {
      if (operators.equal(sequence.get(i), wanted)) {
        return IntValue.of(i);
      }
    }
    String element = Text.repr(wanted, operators.budget());
    throw Failure.value(
        sequence instanceof ArrayValue tuple && !tuple.isList()
            ? "tuple.index(x): x not in tuple"
            : element + " is not in " + sequence.typeName());
  }

  private static int position(int index, int length) {
    return index < 0 ? Math.max(0, index + length) : index;
  }

  private Value count(SequenceValue sequence, Value wanted) {
    int count = 0;
    for (Value item : operators.listOf(sequence)) {
      count += operators.equal(item, wanted) ? 1 : 0;
    }
    return IntValue.of(count);
  }

  private static Value callNumber(Value number, String name) {
    return switch (name) {
      case "is_integer" -> BoolValue.of(Numbers.isIntegral(Numbers.asDouble(number)));
      case "bit_length" -> IntValue.of(Numbers.asBigInteger(number).abs().bitLength());
      default -> number;
    };
  }
}
