package dev.flotilla.chat.tools;

/** Which tools a model calls. */
public sealed interface ToolChoice {
  /** What it likes, or none. */
  record Auto() implements ToolChoice {}

  /** None. */
  record None() implements ToolChoice {}

  /** At least one. */
  record Required() implements ToolChoice {}

  /** This one. */
  record Named(String name) implements ToolChoice {}
}
