package dev.flotilla.chat.jinja;

import dev.flotilla.chat.jinja.Arguments.Bound;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The filters over sequences. Those that are generators in the reference are lazy here too. */
final class SequenceFilters {
  private final Operators operators;
  private final Attributes attributes;
  private final Filters filters;
  private final Tests tests;
  private final Budget budget;
  private final Limits limits;

  SequenceFilters(Operators operators, Attributes attributes, Filters filters, Tests tests) {
    this.operators = operators;
    this.attributes = attributes;
    this.filters = filters;
    this.tests = tests;
    this.budget = operators.budget();
    this.limits = operators.limits();
  }

  Value first(Value value) {
    Iterator<Value> items = iterator(value);
    return items.hasNext()
        ? items.next()
        : UndefinedValue.because("No first item, sequence was empty.");
  }

  Value last(Value value) {
    boolean isIndexed = value instanceof SequenceValue || value instanceof StringValue;
    if (isIndexed || value instanceof UndefinedValue) {
      int length = value.length();
      return length == 0
          ? UndefinedValue.because("No last item, sequence was empty.")
          : attributes.item(value, IntValue.of(length - 1));
    }
    if (!(value instanceof DictValue) && !(value instanceof DictView)) {
      throw Failure.type("'" + value.typeName() + "' object is not reversible");
    }
    List<Value> items = operators.listOf(value);
    return items.isEmpty()
        ? UndefinedValue.because("No last item, sequence was empty.")
        : items.getLast();
  }

  /** Not random: a prompt is a function of its input, so this takes the first element. */
  Value random(Value value) {
    if (operators.length(value) == 0) {
      return UndefinedValue.because("No random item, sequence was empty.");
    }
    return attributes.item(value, IntValue.of(0));
  }

  Value reverse(Value value) {
    if (value instanceof StringValue string) {
      return attributes.slice(string, null, null, IntValue.of(-1));
    }
    List<Value> reversed = ArrayValue.reversed(operators.listOf(value));
    boolean isReversible =
        value instanceof SequenceValue || value instanceof DictValue || value instanceof DictView;
    String type =
        value instanceof ArrayValue array && array.isList()
            ? "list_reverseiterator"
            : value instanceof DictValue ? "dict_reversekeyiterator" : "reversed";
    return isReversible
        ? new IteratorValue(type, reversed.iterator(), value, limits)
        : ArrayValue.list(reversed, limits);
  }

  Value items(Value value) {
    if (value instanceof UndefinedValue) {
      return generator(List.<Value>of().iterator(), value);
    }
    if (value instanceof DictValue dict) {
      Value view = new DictView(dict, DictView.Part.ITEMS, limits);
      return generator(iterator(view), view);
    }
    return generator(new Failing(Failure.type("Can only get item pairs from a mapping.")), value);
  }

  Value join(Value value, Bound given) {
    String separator = Text.of(given.or(0, StringValue.EMPTY), budget);
    Value attribute = given.orNull(1);
    AttributePath path = new AttributePath(attribute, attributes, null);
    Text out = new Text(budget);
    Iterator<Value> items = iterator(value);
    for (boolean isFirst = true; items.hasNext(); isFirst = false) {
      if (!isFirst) {
        out.append(separator);
      }
      path.get(items.next()).str(out);
    }
    return new StringValue(out.toString());
  }

  Value sum(Value value, Bound given) {
    AttributePath path = new AttributePath(given.orNull(0), attributes, null);
    Value total = given.or(1, IntValue.of(0));
    if (total instanceof StringValue) {
      throw Failure.type("sum() can't sum strings [use ''.join(seq) instead]");
    }
    Iterator<Value> items = iterator(value);
    while (items.hasNext()) {
      total = operators.apply(Operator.ADD, total, path.get(items.next()));
    }
    return total;
  }

  /** The first element whose key is {@code better} than all others'. */
  Value extreme(Value value, Bound given, Operator better) {
    AttributePath path = new AttributePath(given.orNull(1), attributes, null);
    boolean ignoresCase = !given.flag(0, false);
    Iterator<Value> items = iterator(value);
    if (!items.hasNext()) {
      return UndefinedValue.because("No aggregated item, sequence was empty.");
    }
    Value best = items.next();
    Value bestKey = path.key(best, ignoresCase);
    while (items.hasNext()) {
      Value item = items.next();
      Value key = path.key(item, ignoresCase);
      if (operators.holds(better, key, bestKey)) {
        best = item;
        bestKey = key;
      }
    }
    return best;
  }

  Value sort(Value value, Bound given) {
    boolean ignoresCase = !given.flag(1, false);
    List<AttributePath> paths = AttributePath.several(given.orNull(2), attributes);
    List<Value> items = operators.listOf(value);
    List<Value> keys = new ArrayList<>(items.size());
    for (Value item : items) {
      List<Value> key = new ArrayList<>(paths.size());
      for (AttributePath path : paths) {
        key.add(path.key(item, ignoresCase));
      }
      keys.add(ArrayValue.list(key, limits));
    }
    Sorting.sort(items, keys, given.flag(0, false), operators);
    return ArrayValue.list(items, limits);
  }

  Value dictSort(Value value, Bound given) {
    Value by = given.or(1, new StringValue("key"));
    boolean isByValue = by.equals(new StringValue("value"));
    if (!isByValue && !by.equals(new StringValue("key"))) {
      throw Failure.value("You can only sort by either \"key\" or \"value\"");
    }
    operators.requireDefined(value);
    if (!(value instanceof DictValue dict)) {
      throw Failure.type("'" + value.typeName() + "' object has no attribute 'items'");
    }
    List<Value> items = operators.listOf(new DictView(dict, DictView.Part.ITEMS, limits));
    List<Value> keys = new ArrayList<>(items.size());
    for (Map.Entry<Value, Value> entry : dict.entries().entrySet()) {
      Value key = isByValue ? entry.getValue() : entry.getKey();
      keys.add(given.flag(0, false) ? key : Filters.ignoreCase(key));
    }
    Sorting.sort(items, keys, given.flag(2, false), operators);
    return ArrayValue.list(items, limits);
  }

  Value groupBy(Value value, Bound given) {
    AttributePath path = new AttributePath(given.orNull(0), attributes, given.orNull(1));
    boolean ignoresCase = !given.flag(2, false);
    List<Value> items = operators.listOf(value);
    List<Value> keys = new ArrayList<>(items.size());
    for (Value item : items) {
      keys.add(path.key(item, ignoresCase));
    }
    Sorting.sort(items, keys, false, operators);
    List<Value> groups = new ArrayList<>();
    for (int start = 0; start < items.size(); ) {
      Value key = path.key(items.get(start), ignoresCase);
      int end = start + 1;
      while (end < items.size() && operators.equal(path.key(items.get(end), ignoresCase), key)) {
        end++;
      }
      Value grouper = path.get(items.get(start));
      Value members = ArrayValue.list(items.subList(start, end), limits);
      groups.add(ArrayValue.of(ArrayValue.Type.GROUP, List.of(grouper, members), limits));
      start = end;
    }
    return ArrayValue.list(groups, limits);
  }

  Value unique(Value value, Bound given) {
    AttributePath path = new AttributePath(given.orNull(1), attributes, null);
    boolean ignoresCase = !given.flag(0, false);
    Set<Value> seen = new HashSet<>();
    return generator(
        new Lazy(value, false) {
          @Override
          @Nullable Value pick(Value item) {
            Value key = path.key(item, ignoresCase);
            DictValue.requireHashable(key);
            return seen.add(key) ? item : null;
          }
        },
        value);
  }

  Value map(Value value, Arguments arguments) {
    Value attribute = arguments.named("attribute");
    if (!arguments.positional().isEmpty() || attribute == null) {
      return generator(
          new Lazy(value, true) {
            @Override
            Value pick(Value item) {
              if (arguments.positional().isEmpty()) {
                throw Failure.value("map requires a filter argument");
              }
              Value name = arguments.positional().getFirst();
              return filters.apply(name, item, arguments.dropFirst(1));
            }
          },
          value);
    }
    for (String name : arguments.names()) {
      if (!name.equals("attribute") && !name.equals("default")) {
        throw Failure.value("Unexpected keyword argument " + Chars.quote(name));
      }
    }
    Value otherwise = arguments.named("default");
    AttributePath path =
        new AttributePath(attribute, attributes, otherwise == NoneValue.NONE ? null : otherwise);
    return generator(
        new Lazy(value, true) {
          @Override
          Value pick(Value item) {
            return path.get(item);
          }
        },
        value);
  }

  /** {@code select} and {@code reject}, on the elements or on an attribute of theirs. */
  Value select(Value value, Arguments arguments, boolean isByAttribute, boolean isWanted) {
    List<Value> given = arguments.positional();
    int testIndex = isByAttribute ? 1 : 0;
    return generator(
        new Lazy(value, true) {
          @Override
          @Nullable Value pick(Value item) {
            if (given.size() < testIndex) {
              throw Failure.value("Missing parameter for attribute name");
            }
            Value subject =
                isByAttribute
                    ? new AttributePath(given.getFirst(), attributes, null).get(item)
                    : item;
            boolean holds =
                given.size() == testIndex
                    ? subject.isTrue()
                    : holds(given.get(testIndex), subject, arguments.dropFirst(testIndex + 1));
            return holds == isWanted ? item : null;
          }
        },
        value);
  }

  private boolean holds(Value name, Value subject, Arguments arguments) {
    operators.requireDefined(name);
    Test test = name instanceof StringValue string ? Test.named(string.text()) : null;
    if (test == null) {
      throw Failure.runtime("No test named " + Text.repr(name, budget) + ".");
    }
    return tests.holds(test, subject, arguments);
  }

  Value batch(Value value, Bound given) {
    int size = given.integer(0, 1);
    Value filler = given.orNull(1);
    List<Value> items = operators.listOf(value);
    List<Value> batches = new ArrayList<>();
    // The reference compares the size for equality: no batch ever has zero elements or fewer.
    int step = size < 0 ? Integer.MAX_VALUE : Math.max(1, size);
    if (size == 0 && !items.isEmpty()) {
      batches.add(ArrayValue.list(List.of(), limits));
    }
    for (long start = 0; start < items.size(); start += step) {
      int end = (int) Math.min(items.size(), start + step);
      List<Value> batch = new ArrayList<>(items.subList((int) start, end));
      if (filler != null && size > 0) {
        budget.elements(Math.max(0, size - batch.size()));
        while (batch.size() < size) {
          batch.add(filler);
        }
      }
      batches.add(ArrayValue.list(batch, limits));
    }
    return generator(batches.iterator(), value);
  }

  Value slice(Value value, Bound given) {
    int slices = given.integer(0, 1);
    Value filler = given.orNull(1);
    List<Value> items = operators.listOf(value);
    if (slices == 0) {
      throw Failure.value("integer division or modulo by zero");
    }
    budget.elements(Math.max(0, slices));
    List<Value> parts = new ArrayList<>();
    int perSlice = slices < 0 ? 0 : items.size() / slices;
    int withExtra = slices < 0 ? 0 : items.size() % slices;
    int start = 0;
    for (int i = 0; i < slices; i++) {
      int end = start + perSlice + (i < withExtra ? 1 : 0);
      List<Value> part = new ArrayList<>(items.subList(start, end));
      if (filler != null && i >= withExtra) {
        part.add(filler);
      }
      parts.add(ArrayValue.list(part, limits));
      start = end;
    }
    return generator(parts.iterator(), value);
  }

  private Iterator<Value> iterator(Value value) {
    return operators.iterate(value);
  }

  private Value generator(Iterator<Value> items, Value source) {
    return IteratorValue.generator(items, source, limits);
  }

  /** An iterator that makes each element, or skips it, when it is asked for. */
  private abstract class Lazy extends LazyIterator {
    private final Value source;

    /** Whether a false source is as good as an empty one, even if it cannot be iterated. */
    private final boolean acceptsFalse;

    private @Nullable Iterator<Value> items;

    Lazy(Value source, boolean acceptsFalse) {
      this.source = source;
      this.acceptsFalse = acceptsFalse;
    }

    /** What {@code item} becomes; null to leave it out. */
    abstract @Nullable Value pick(Value item);

    @Override
    final @Nullable Value advance() {
      if (items == null) {
        boolean isEmpty = acceptsFalse && !source.isTrue();
        items = isEmpty ? List.<Value>of().iterator() : operators.iterate(source);
      }
      Value picked = null;
      while (picked == null && items.hasNext()) {
        budget.step();
        picked = pick(items.next());
      }
      return picked;
    }
  }

  /** An iterator that fails when it is first asked. */
  private record Failing(Failure failure) implements Iterator<Value> {
    @Override
    public boolean hasNext() {
      throw failure;
    }

    @Override
    public Value next() {
      throw failure;
    }
  }
}
