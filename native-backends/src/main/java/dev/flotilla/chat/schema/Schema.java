package dev.flotilla.chat.schema;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.List;
import java.util.Optional;

/**
 * What a JSON schema (2020-12 and draft 7, as far as grammars can express it) admits, with its
 * keywords resolved. Immutable.
 */
public sealed interface Schema {

  /** Any value. */
  record Any() implements Schema {}

  /** No value. */
  record Never() implements Schema {}

  /** What the definition at this JSON pointer admits; see {@link Document#definitions}. */
  record Ref(String pointer) implements Schema {}

  /** What any one of them admits; at least two. */
  record AnyOf(List<Schema> options) implements Schema {}

  /**
   * These values only.
   *
   * @param json compact JSON texts, at least one
   */
  record Values(List<String> json) implements Schema {}

  /** {@code null}. */
  record Null() implements Schema {}

  /** {@code true} and {@code false}. */
  record Bool() implements Schema {}

  /** Integers between bounds that belong to them; an empty bound is none. */
  record IntegerRange(Optional<BigInteger> least, Optional<BigInteger> most) implements Schema {}

  /** Numbers between bounds; an empty bound is none. */
  record NumberRange(Optional<Bound> least, Optional<Bound> most) implements Schema {}

  /** A bound of numbers, itself among them unless it is exclusive. */
  record Bound(BigDecimal value, boolean exclusive) {}

  /** Strings of so many characters (Unicode code points); {@link Gbnf#UNBOUNDED} is no limit. */
  record Text(int minLength, int maxLength) implements Schema {}

  /**
   * Strings of a form.
   *
   * @param characters what may stand between the quotes, JSON's escapes included
   */
  record Formed(Gbnf characters) implements Schema {}

  /**
   * Arrays.
   *
   * @param prefix what the first elements are
   * @param rest what the others are
   * @param minItems the fewest elements
   * @param maxItems the most elements; {@link Gbnf#UNBOUNDED} is no limit
   */
  record ArrayOf(List<Schema> prefix, Schema rest, int minItems, int maxItems) implements Schema {}

  /**
   * Objects. Their members are written in this order, and after them the additional ones.
   *
   * @param properties the named members
   * @param additional what members of other names are
   */
  record ObjectOf(List<Property> properties, Schema additional) implements Schema {}

  /** A named member of an object. */
  record Property(String name, Schema schema, boolean required) {}

  /** Whether it is known at sight that no value matches. */
  default boolean isNever() {
    return this instanceof Never;
  }

  /**
   * A schema with all it refers to.
   *
   * @param root the schema itself
   * @param definitions what {@link Ref} points to
   */
  record Document(Schema root, java.util.Map<String, Schema> definitions) {}
}
