package dev.flotilla.chat.schema;

import java.util.Arrays;
import java.util.List;

/** An expression of a grammar, to be written by {@link GbnfRules}. */
public sealed interface Gbnf {

  /** As {@link Repeat#most}: any number of times. */
  int UNBOUNDED = Integer.MAX_VALUE;

  /** The empty text. */
  Gbnf EMPTY = new Sequence(List.of());

  /** This very text. */
  record Literal(String text) implements Gbnf {}

  /** One character of a set that is not empty. */
  record Chars(CodePoints set) implements Gbnf {}

  /** All of them, one after the other. */
  record Sequence(List<Gbnf> parts) implements Gbnf {
    public Sequence {
      parts = List.copyOf(parts);
    }
  }

  /** Any one of them; at least one. */
  record Choice(List<Gbnf> options) implements Gbnf {
    public Choice {
      options = List.copyOf(options);
    }
  }

  /** {@code unit}, {@code least} to {@code most} times. */
  record Repeat(Gbnf unit, int least, int most) implements Gbnf {}

  /** A rule of the same {@link GbnfRules}. */
  record Rule(String name) implements Gbnf {}

  static Gbnf literal(String text) {
    return new Literal(text);
  }

  static Gbnf sequence(Gbnf... parts) {
    return new Sequence(Arrays.asList(parts));
  }

  /** One of the options, which are at least one. */
  static Gbnf choice(List<Gbnf> options) {
    return options.size() == 1 ? options.getFirst() : new Choice(options);
  }

  static Gbnf choice(Gbnf... options) {
    return choice(Arrays.asList(options));
  }

  static Gbnf optional(Gbnf unit) {
    return new Repeat(unit, 0, 1);
  }

  /** Whether an expression without rules matches the empty text. */
  static boolean matchesEmpty(Gbnf expression) {
    return switch (expression) {
      case Literal(String text) -> text.isEmpty();
      case Chars _ -> false;
      case Sequence(List<Gbnf> parts) -> parts.stream().allMatch(Gbnf::matchesEmpty);
      case Choice(List<Gbnf> options) -> options.stream().anyMatch(Gbnf::matchesEmpty);
      case Repeat(Gbnf unit, int least, _) -> least == 0 || matchesEmpty(unit);
      case Rule _ -> throw new IllegalArgumentException("a rule: " + expression);
    };
  }
}
