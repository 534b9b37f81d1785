package dev.flotilla.chat.jinja;

import java.util.List;

/** What an assignment assigns to. */
sealed interface Target permits Expression.Name, Target.Unpack, Target.NamespaceAttribute {

  Span span();

  /** {@code a, b}: the value is iterated, and must yield exactly as many elements. */
  record Unpack(List<Target> targets, Span span) implements Target {}

  /** {@code namespace.attribute}. */
  record NamespaceAttribute(Expression.Name namespace, String attribute, Span span)
      implements Target {}
}
