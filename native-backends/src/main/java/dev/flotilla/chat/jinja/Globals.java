package dev.flotilla.chat.jinja;

import dev.flotilla.chat.jinja.Arguments.Parameters;
import java.time.Clock;
import java.time.LocalDateTime;
import java.util.List;
import java.util.Map;

/** What the global functions do. */
final class Globals {
  private static final Parameters RANGE = new Parameters(1, 3, "start", "stop", "step");
  private static final Parameters JOINER = new Parameters(0, 0, "sep");
  private static final Parameters MESSAGE = new Parameters(1, 0, "message");
  private static final Parameters FORMAT = new Parameters(1, 0, "format");

  private final Operators operators;
  private final Limits limits;
  private final Clock clock;

  Globals(Operators operators, Clock clock) {
    this.operators = operators;
    this.limits = operators.limits();
    this.clock = clock;
  }

  Value call(GlobalFunction function, Arguments given) {
    String name = function.functionName();
    return switch (function) {
      case RANGE -> range(given);
      case DICT -> new DictValue(entries(name, given), limits);
      case NAMESPACE -> new NamespaceValue(entries(name, given));
      case CYCLER -> cycler(given);
      case JOINER -> new Callable.Joiner(given.bind(name, JOINER).or(0, new StringValue(", ")));
      case LIPSUM -> throw Failure.unsupported("lipsum() is not supported");
      case RAISE_EXCEPTION ->
          throw new Failure(
              JinjaException.Kind.RAISED,
              Text.of(given.bind(name, MESSAGE).require(0), operators.budget()));
      case STRFTIME_NOW ->
          new StringValue(
              Strftime.format(
                  given.bind(name, FORMAT).string(0),
                  LocalDateTime.now(clock),
                  operators.budget()));
    };
  }

  private Value range(Arguments given) {
    var bound = given.bind("range", RANGE);
    boolean hasStop = bound.get(1) != null;
    long start = hasStop ? bound.integer(0, 0) : 0;
    long stop = hasStop ? bound.integer(1, 0) : bound.integer(0, 0);
    long step = bound.integer(2, 1);
    if (step == 0) {
      throw Failure.value("range() arg 3 must not be zero");
    }
    long distance = step > 0 ? stop - start : start - stop;
    long length = Math.max(0, (distance + Math.abs(step) - 1) / Math.abs(step));
    if (length > limits.rangeElements()) {
      throw Failure.limit(
          "Range too big. The sandbox blocks ranges larger than MAX_RANGE ("
              + limits.rangeElements()
              + ").");
    }
    return new RangeValue(start, stop, step, (int) length);
  }

  /** As {@code dict(mapping or pairs, **named)} takes them. */
  private Map<Value, Value> entries(String function, Arguments given) {
    if (given.positional().size() > 1) {
      throw Failure.type(
          function + " expected at most 1 argument, got " + given.positional().size());
    }
    Map<Value, Value> entries = DictValue.newEntries();
    if (!given.positional().isEmpty()) {
      Value source = given.positional().getFirst();
      operators.iterate(source);
      if (source instanceof DictValue dict) {
        entries.putAll(dict.entries());
      } else {
        for (Value item : operators.listOf(source)) {
          List<Value> pair = operators.listOf(item);
          if (pair.size() != 2) {
            throw Failure.value(
                "dictionary update sequence element has length " + pair.size() + "; 2 is required");
          }
          DictValue.put(entries, pair.get(0), pair.get(1));
        }
      }
    }
    for (int i = 0; i < given.names().size(); i++) {
      entries.put(new StringValue(given.names().get(i)), given.named().get(i));
    }
    return entries;
  }

  private static Value cycler(Arguments given) {
    if (given.positional().isEmpty()) {
      throw Failure.runtime("at least one item has to be provided");
    }
    if (!given.names().isEmpty()) {
      throw Failure.type("cycler() takes no keyword arguments");
    }
    return new Callable.Cycler(given.positional());
  }
}
