package dev.flotilla.chat.jinja;

/** What the tests find out. */
final class Tests {
  private final Operators operators;

  Tests(Operators operators) {
    this.operators = operators;
  }

  boolean holds(Test test, Value value, Arguments arguments) {
    if (arguments.positional().size() != test.arguments() || !arguments.names().isEmpty()) {
      throw Failure.type(
          "test "
              + test
              + " expected "
              + (test.arguments() + 1)
              + " arguments, got "
              + (arguments.count() + 1));
    }
    return switch (test) {
      case BOOLEAN -> value instanceof BoolValue;
      case CALLABLE ->
          value instanceof Callable
              || value instanceof LoopValue
              || value instanceof UndefinedValue;
      case DEFINED -> !(value instanceof UndefinedValue);
      case DIVISIBLE_BY -> remainder(value, first(arguments)).equals(IntValue.of(0));
      case EQUAL -> operators.equal(value, first(arguments));
      case ESCAPED -> value instanceof StringValue string && string.isSafe();
      case EVEN -> remainder(value, IntValue.of(2)).equals(IntValue.of(0));
      case FALSE -> value instanceof BoolValue && !value.isTrue();
      case FILTER -> Filter.named(name(value)) != null;
      case FLOAT -> value instanceof FloatValue;
      case GREATER_OR_EQUAL -> operators.holds(Operator.GE, value, first(arguments));
      case GREATER -> operators.holds(Operator.GT, value, first(arguments));
      case IN -> operators.contains(first(arguments), value);
      case INTEGER -> Numbers.isInteger(value) && !(value instanceof BoolValue);
      case ITERABLE -> value.iterator() != null || value instanceof LoopValue;
      case LESS_OR_EQUAL -> operators.holds(Operator.LE, value, first(arguments));
      case LOWER -> Strings.is(Text.of(value, operators.budget()), "islower");
      case LESS -> operators.holds(Operator.LT, value, first(arguments));
      case MAPPING -> value instanceof DictValue;
      case NOT_EQUAL -> !operators.equal(value, first(arguments));
      case NONE -> value == NoneValue.NONE;
      case NUMBER -> Numbers.isNumber(value);
      case ODD -> remainder(value, IntValue.of(2)).equals(IntValue.of(1));
      case SAME_AS -> isSame(value, first(arguments));
      case SEQUENCE ->
          value instanceof SequenceValue
              || value instanceof StringValue
              || value instanceof DictValue
              || value instanceof UndefinedValue;
      case STRING -> value instanceof StringValue;
      case TEST -> Test.named(name(value)) != null;
      case TRUE -> value instanceof BoolValue && value.isTrue();
      case UNDEFINED -> value instanceof UndefinedValue;
      case UPPER -> Strings.is(Text.of(value, operators.budget()), "isupper");
    };
  }

  private static Value first(Arguments arguments) {
    return arguments.positional().getFirst();
  }

  private Value remainder(Value value, Value divisor) {
    return operators.apply(Operator.MOD, value, divisor);
  }

  private static String name(Value value) {
    DictValue.requireHashable(value);
    return value instanceof StringValue string ? string.text() : "";
  }

  /** Python's {@code is}: equal small values are one object there too. */
  private static boolean isSame(Value left, Value right) {
    boolean isContainer = left.depth() > 0 || right.depth() > 0;
    return isContainer
        ? System.identityHashCode(left) == System.identityHashCode(right)
        : left.getClass() == right.getClass() && left.equals(right);
  }
}
