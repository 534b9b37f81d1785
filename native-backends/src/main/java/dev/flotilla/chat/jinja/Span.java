package dev.flotilla.chat.jinja;

/**
 * The half-open piece {@code [start, end)} of a {@link Source} that a token or node was read from.
 *
 * @param height of the syntax tree below; the parser bounds it, so that passes may recurse
 */
record Span(int start, int end, int height) {
  Span(int start, int end) {
    this(start, end, 0);
  }
}
