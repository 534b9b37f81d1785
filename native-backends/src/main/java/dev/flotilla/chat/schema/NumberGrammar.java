package dev.flotilla.chat.schema;

import static dev.flotilla.chat.schema.Gbnf.choice;
import static dev.flotilla.chat.schema.Gbnf.literal;
import static dev.flotilla.chat.schema.Gbnf.optional;
import static dev.flotilla.chat.schema.Gbnf.sequence;

import dev.flotilla.chat.schema.Schema.Bound;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Grammars of numbers between bounds, digit by digit. */
final class NumberGrammar {
  /** Digits of an integer part, or of a fraction, without a bound: what a double tells apart. */
  private static final int DIGITS = 16;

  private static final Gbnf DIGIT = new Gbnf.Chars(CodePoints.DIGITS);
  private static final Gbnf NATURAL =
      choice(literal("0"), sequence(digits('1', '9'), new Gbnf.Repeat(DIGIT, 0, DIGITS - 1)));
  private static final Gbnf FRACTION = sequence(literal("."), new Gbnf.Repeat(DIGIT, 1, DIGITS));
  private static final Gbnf EXPONENT =
      sequence(
          new Gbnf.Chars(CodePoints.of("eE")),
          optional(new Gbnf.Chars(CodePoints.of("-+"))),
          new Gbnf.Repeat(DIGIT, 1, 2));

  /** Any integer. */
  static final Gbnf INTEGER = sequence(optional(literal("-")), NATURAL);

  /** Any number. */
  static final Gbnf NUMBER = sequence(INTEGER, optional(FRACTION), optional(EXPONENT));

  private NumberGrammar() {}

  /** The integers between bounds that belong to them; empty if there are none. */
  static Optional<Gbnf> integers(Optional<BigInteger> least, Optional<BigInteger> most) {
    if (least.isEmpty() && most.isEmpty()) {
      return Optional.of(INTEGER);
    }
    List<Gbnf> options = new ArrayList<>();
    if (least.isEmpty() || least.get().signum() < 0) {
      BigInteger from = most.map(BigInteger::negate).orElse(BigInteger.ONE).max(BigInteger.ONE);
      naturals(from, least.map(BigInteger::negate))
          .ifPresent(magnitude -> options.add(sequence(literal("-"), magnitude)));
    }
    if (most.isEmpty() || most.get().signum() >= 0) {
      naturals(least.orElse(BigInteger.ZERO).max(BigInteger.ZERO), most).ifPresent(options::add);
    }
    return options.isEmpty() ? Optional.empty() : Optional.of(choice(options));
  }

  /** The integers from {@code from}, at least 0, to {@code to}. */
  private static Optional<Gbnf> naturals(BigInteger from, Optional<BigInteger> to) {
    int digits = from.toString().length();
    BigInteger last =
        to.orElseGet(() -> BigInteger.TEN.pow(Math.max(DIGITS, digits)).subtract(BigInteger.ONE));
    List<Gbnf> options = new ArrayList<>();
    for (int length = digits; length <= last.toString().length(); length++) {
      BigInteger lowest = length == 1 ? BigInteger.ZERO : BigInteger.TEN.pow(length - 1);
      BigInteger highest = BigInteger.TEN.pow(length).subtract(BigInteger.ONE);
      String first = from.max(lowest).toString();
      String end = last.min(highest).toString();
      if (new BigInteger(first).compareTo(new BigInteger(end)) <= 0) {
        options.add(between(first, end));
      }
    }
    return options.isEmpty() ? Optional.empty() : Optional.of(choice(options));
  }

  /** Numbers of one length between two of that length. */
  private static Gbnf between(String from, String to) {
    int length = from.length();
    if (length == 0) {
      return Gbnf.EMPTY;
    }
    char low = from.charAt(0);
    char high = to.charAt(0);
    String lowRest = from.substring(1);
    String highRest = to.substring(1);
    if (low == high) {
      return sequence(literal(Character.toString(low)), between(lowRest, highRest));
    }
    boolean wholeLow = lowRest.equals("0".repeat(length - 1));
    boolean wholeHigh = highRest.equals("9".repeat(length - 1));
    List<Gbnf> options = new ArrayList<>();
    if (!wholeLow) {
      options.add(
          sequence(literal(Character.toString(low)), between(lowRest, "9".repeat(length - 1))));
    }
    char first = (char) (wholeLow ? low : low + 1);
    char last = (char) (wholeHigh ? high : high - 1);
    if (first <= last) {
      options.add(sequence(digits(first, last), new Gbnf.Repeat(DIGIT, length - 1, length - 1)));
    }
    if (!wholeHigh) {
      options.add(
          sequence(literal(Character.toString(high)), between("0".repeat(length - 1), highRest)));
    }
    return choice(options);
  }

  /** The numbers between two bounds, without exponents; empty if there are none. */
  static Optional<Gbnf> numbers(Optional<Bound> least, Optional<Bound> most) {
    if (least.isEmpty() && most.isEmpty()) {
      return Optional.of(NUMBER);
    }
    Bound zero = new Bound(BigDecimal.ZERO, false);
    List<Gbnf> options = new ArrayList<>();
    if (least.isEmpty() || least.get().value().signum() < 0) {
      Bound from =
          most.filter(it -> it.value().signum() <= 0).map(NumberGrammar::negated).orElse(zero);
      magnitudes(from, least.map(NumberGrammar::negated))
          .ifPresent(magnitude -> options.add(sequence(literal("-"), magnitude)));
    }
    if (most.isEmpty() || most.get().value().signum() >= 0) {
      Bound from = least.filter(it -> it.value().signum() >= 0).orElse(zero);
      magnitudes(from, most).ifPresent(options::add);
    }
    return options.isEmpty() ? Optional.empty() : Optional.of(choice(options));
  }

  private static Bound negated(Bound bound) {
    return new Bound(bound.value().negate(), bound.exclusive());
  }

  /** The numbers from one bound, at least 0, to another. */
  private static Optional<Gbnf> magnitudes(Bound from, Optional<Bound> to) {
    BigInteger whole = from.value().toBigInteger();
    Tail above = new Tail(fraction(from.value()), from.exclusive());
    List<Gbnf> options = new ArrayList<>();
    Optional<BigInteger> lastWhole = to.map(bound -> bound.value().toBigInteger());
    if (lastWhole.isPresent() && lastWhole.get().equals(whole)) {
      Tail below = new Tail(fraction(to.orElseThrow().value()), to.orElseThrow().exclusive());
      withFraction(literal(whole.toString()), Optional.of(above), Optional.of(below), options);
      return options.isEmpty() ? Optional.empty() : Optional.of(choice(options));
    }
    withFraction(literal(whole.toString()), Optional.of(above), Optional.empty(), options);
    naturals(whole.add(BigInteger.ONE), lastWhole.map(it -> it.subtract(BigInteger.ONE)))
        .ifPresent(it -> withFraction(it, Optional.empty(), Optional.empty(), options));
    to.filter(bound -> bound.value().toBigInteger().compareTo(whole) > 0)
        .ifPresent(bound ->
            withFraction(
                literal(bound.value().toBigInteger().toString()),
                Optional.empty(),
                Optional.of(new Tail(fraction(bound.value()), bound.exclusive())),
                options));
    return options.isEmpty() ? Optional.empty() : Optional.of(choice(options));
  }

  /** The digits of a bound's fraction that are still to be compared, without closing zeros. */
  private record Tail(String digits, boolean exclusive) {
    int first() {
      return digits.isEmpty() ? 0 : digits.charAt(0) - '0';
    }

    Tail rest() {
      return digits.isEmpty() ? this : new Tail(digits.substring(1), exclusive);
    }

    boolean admitsZero() {
      return digits.isEmpty() && !exclusive;
    }
  }

  private static String fraction(BigDecimal value) {
    String text = value.stripTrailingZeros().toPlainString();
    int point = text.indexOf('.');
    return point < 0 ? "" : text.substring(point + 1);
  }

  private static void withFraction(
      Gbnf whole, Optional<Tail> above, Optional<Tail> below, List<Gbnf> options) {
    follow(whole, sequence(whole, literal(".")), above, below, options);
  }

  /** What may stand where a fraction is read so far: its end, or more digits. */
  private static void follow(
      Gbnf ended, Gbnf goingOn, Optional<Tail> above, Optional<Tail> below, List<Gbnf> options) {
    boolean mayEnd =
        above.map(Tail::admitsZero).orElse(true)
            && below.map(tail -> !tail.digits().isEmpty() || !tail.exclusive()).orElse(true);
    if (mayEnd) {
      options.add(ended);
    }
    digits(above.filter(tail -> !tail.admitsZero()), below)
        .ifPresent(it -> options.add(sequence(goingOn, it)));
  }

  /** At least one digit of a fraction above one tail and below another. */
  private static Optional<Gbnf> digits(Optional<Tail> above, Optional<Tail> below) {
    boolean onlyZeros = below.isPresent() && below.get().digits().isEmpty();
    if (onlyZeros) {
      return above.isPresent() || below.get().exclusive()
          ? Optional.empty()
          : Optional.of(new Gbnf.Repeat(literal("0"), 1, DIGITS));
    }
    boolean positive = above.isPresent() && above.get().digits().isEmpty();
    if (below.isEmpty() && above.isEmpty()) {
      return Optional.of(new Gbnf.Repeat(DIGIT, 1, DIGITS));
    }
    if (below.isEmpty() && positive) {
      return Optional.of(
          sequence(new Gbnf.Repeat(literal("0"), 0, DIGITS - 1), digits('1', '9'), anyMore()));
    }
    int low = above.map(Tail::first).orElse(0);
    int high = below.map(Tail::first).orElse(9);
    List<Gbnf> options = new ArrayList<>();
    for (int digit = low; digit <= high; digit++) {
      Optional<Tail> nextAbove = digit == low ? above.map(Tail::rest) : Optional.empty();
      Optional<Tail> nextBelow = digit == high ? below.map(Tail::rest) : Optional.empty();
      Gbnf read = literal(Integer.toString(digit));
      if (nextAbove.isEmpty() && nextBelow.isEmpty()) {
        options.add(sequence(read, anyMore()));
      } else {
        follow(read, read, nextAbove, nextBelow, options);
      }
    }
    return options.isEmpty() ? Optional.empty() : Optional.of(choice(options));
  }

  private static Gbnf anyMore() {
    return new Gbnf.Repeat(DIGIT, 0, DIGITS);
  }

  private static Gbnf digits(int first, int last) {
    return new Gbnf.Chars(CodePoints.range(first, last));
  }
}
