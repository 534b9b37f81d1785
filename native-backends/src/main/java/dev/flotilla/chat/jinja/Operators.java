package dev.flotilla.chat.jinja;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;

/** Python's binary and unary operators on any two values. */
final class Operators {
  private final Budget budget;
  private final Limits limits;

  Operators(Budget budget) {
    this.budget = budget;
    this.limits = budget.limits();
  }

  Value apply(Operator operator, Value left, Value right) {
    return switch (operator) {
      case ADD -> add(left, right);
      case MUL -> multiply(left, right);
      case MOD -> modulo(left, right);
      case SUB, DIV, FLOOR_DIV, POW -> arithmetic(operator, left, right);
      case EQ -> BoolValue.of(equal(left, right));
      case NE -> BoolValue.of(!equal(left, right));
      case LT, LE, GT, GE -> BoolValue.of(holds(operator, left, right));
      case IN -> BoolValue.of(contains(right, left));
      case NOT_IN -> BoolValue.of(!contains(right, left));
    };
  }

  private Value add(Value left, Value right) {
    if (left instanceof StringValue a && right instanceof StringValue b) {
      return concatenate(a, b);
    }
    if (left instanceof ArrayValue a && right instanceof ArrayValue b && a.isList() == b.isList()) {
      budget.elements(a.length() + (long) b.length());
      List<Value> items = new ArrayList<>(a.length() + b.length());
      items.addAll(a.items());
      items.addAll(b.items());
      return a.isList() ? ArrayValue.list(items, limits) : ArrayValue.tuple(items, limits);
    }
    if (left instanceof StringValue || left instanceof ArrayValue) {
      requireDefined(right);
      String type = left instanceof ArrayValue a && !a.isList() ? "tuple" : left.typeName();
      type = left instanceof StringValue ? "str" : type;
      throw Failure.type(
          "can only concatenate " + type + " (not \"" + right.typeName() + "\") to " + type);
    }
    return arithmetic(Operator.ADD, left, right);
  }

  private StringValue concatenate(StringValue left, StringValue right) {
    budget.characters(left.text().length() + (long) right.text().length());
    if (left.isSafe() == right.isSafe()) {
      return left.like(left.text().concat(right.text()));
    }
    return new StringValue(right.combine(left).concat(left.combine(right)), true);
  }

  private Value multiply(Value left, Value right) {
    if (isSequence(left) && Numbers.isInteger(right)) {
      return repeat(left, Numbers.clamp(right));
    }
    if (isSequence(right) && Numbers.isInteger(left)) {
      return repeat(right, Numbers.clamp(left));
    }
    if (isSequence(left) || isSequence(right)) {
      requireDefined(left);
      requireDefined(right);
      Value other = isSequence(left) ? right : left;
      throw Failure.type("can't multiply sequence by non-int of type '" + other.typeName() + "'");
    }
    return arithmetic(Operator.MUL, left, right);
  }

  private static boolean isSequence(Value value) {
    return value instanceof StringValue || value instanceof ArrayValue;
  }

  private Value repeat(Value sequence, int times) {
    int count = Math.max(0, times);
    if (sequence instanceof StringValue string) {
      budget.characters((long) string.text().length() * count);
      return string.like(string.text().repeat(string.text().isEmpty() ? 0 : count));
    }
    ArrayValue array = (ArrayValue) sequence;
    budget.elements((long) array.length() * count);
    List<Value> items = new ArrayList<>(array.length() * (array.length() == 0 ? 0 : count));
    for (int i = 0; i < count && array.length() > 0; i++) {
      items.addAll(array.items());
    }
    return array.isList() ? ArrayValue.list(items, limits) : ArrayValue.tuple(items, limits);
  }

  private Value modulo(Value left, Value right) {
    if (left instanceof StringValue format) {
      return new PercentFormat(format, right, budget).format();
    }
    return arithmetic(Operator.MOD, left, right);
  }

  private Value arithmetic(Operator operator, Value left, Value right) {
    requireDefined(left);
    requireDefined(right);
    if (!Numbers.isNumber(left) || !Numbers.isNumber(right)) {
      throw Failure.type(
          "unsupported operand type(s) for "
              + operator.symbol()
              + ": '"
              + left.typeName()
              + "' and '"
              + right.typeName()
              + "'");
    }
    return Arithmetic.apply(operator, left, right, limits);
  }

  Value negate(Value operand, boolean isPlus) {
    requireDefined(operand);
    if (!Numbers.isNumber(operand)) {
      throw Failure.type(
          "bad operand type for unary " + (isPlus ? "+" : "-") + ": '" + operand.typeName() + "'");
    }
    if (isPlus) {
      return operand instanceof FloatValue ? operand : Numbers.plainInteger(operand);
    }
    if (operand instanceof FloatValue number) {
      return new FloatValue(-number.value());
    }
    return Numbers.negate(operand);
  }

  /** Fails as any use of an undefined value does. */
  void requireDefined(Value value) {
    if (value instanceof UndefinedValue undefined) {
      throw undefined.failure(budget);
    }
  }

  boolean equal(Value left, Value right) {
    budget.elements(Math.min(left.weight(), right.weight()));
    return left.equals(right);
  }

  /** {@code left operator right} for one of the four orderings. */
  boolean holds(Operator operator, Value left, Value right) {
    requireDefined(left);
    requireDefined(right);
    budget.elements(Math.min(left.weight(), right.weight()));
    if (Numbers.isNumber(left) && Numbers.isNumber(right)) {
      return Numbers.isOrdered(left, right) && matches(operator, Numbers.compare(left, right));
    }
    if (left instanceof StringValue a && right instanceof StringValue b) {
      return matches(operator, compareText(a.text(), b.text()));
    }
    if (left instanceof ArrayValue a && right instanceof ArrayValue b && a.isList() == b.isList()) {
      return holds(operator, a, b);
    }
    throw Failure.type(
        "'"
            + operator.symbol()
            + "' not supported between instances of '"
            + left.typeName()
            + "' and '"
            + right.typeName()
            + "'");
  }

  /** Arrays compare by their first difference, and then by length. */
  private boolean holds(Operator operator, ArrayValue left, ArrayValue right) {
    int common = Math.min(left.length(), right.length());
    for (int i = 0; i < common; i++) {
      if (!left.get(i).equals(right.get(i))) {
        return holds(operator, left.get(i), right.get(i));
      }
    }
    return matches(operator, Integer.compare(left.length(), right.length()));
  }

  private static boolean matches(Operator operator, int comparison) {
    return switch (operator) {
      case LT -> comparison < 0;
      case LE -> comparison <= 0;
      case GT -> comparison > 0;
      case GE -> comparison >= 0;
      default -> throw new IllegalArgumentException(operator.symbol());
    };
  }

  /** By code points: surrogate pairs sort after all other characters. */
  static int compareText(String left, String right) {
    int common = Math.min(left.length(), right.length());
    for (int i = 0; i < common; i++) {
      char a = left.charAt(i);
      char b = right.charAt(i);
      if (a != b) {
        boolean sameSide = Character.isSurrogate(a) == Character.isSurrogate(b);
        return sameSide ? Character.compare(a, b) : Character.isSurrogate(a) ? 1 : -1;
      }
    }
    return Integer.compare(left.length(), right.length());
  }

  /** {@code element in container}. */
  boolean contains(Value container, Value element) {
    if (container instanceof StringValue text) {
      if (!(element instanceof StringValue part)) {
        throw Failure.type(
            "'in <string>' requires string as left operand, not " + element.typeName());
      }
      budget.characters(text.text().length() / 8);
      return text.text().contains(part.text());
    }
    if (container instanceof DictValue dict) {
      DictValue.requireHashable(element);
      return dict.get(element) != null;
    }
    Iterator<Value> items = container.iterator();
    if (items == null) {
      throw Failure.type("argument of type '" + container.typeName() + "' is not iterable");
    }
    while (items.hasNext()) {
      if (equal(items.next(), element)) {
        return true;
      }
    }
    return false;
  }

  /** An iterator over {@code value} that charges for each element. */
  Iterator<Value> iterate(Value value) {
    Iterator<Value> iterator = value.iterator();
    if (iterator == null) {
      throw Failure.type("'" + value.typeName() + "' object is not iterable");
    }
    if (value.length() > 0) {
      budget.elements(value.length());
    }
    return iterator;
  }

  /** {@code list(value)}, as a list that the caller owns. */
  List<Value> listOf(Value value) {
    List<Value> items = new ArrayList<>(Math.max(0, value.length()));
    Iterator<Value> iterator = iterate(value);
    while (iterator.hasNext()) {
      budget.step();
      items.add(iterator.next());
    }
    return items;
  }

  int length(Value value) {
    int length = value.length();
    if (length < 0) {
      throw Failure.type("object of type '" + value.typeName() + "' has no len()");
    }
    return length;
  }

  Budget budget() {
    return budget;
  }

  Limits limits() {
    return limits;
  }
}
