package dev.flotilla.chat.jinja;

import dev.flotilla.chat.jinja.JinjaException.Kind;

/** A template's text with line breaks normalised to {@code \n} and its last one removed. */
record Source(String text) {
  private static final int LONGEST_EXCERPT = 120;

  /** As the reference reads it: {@code \r\n} and {@code \r} are line breaks too. */
  static Source normalise(String raw) {
    String text = raw.indexOf('\r') < 0 ? raw : raw.replace("\r\n", "\n").replace('\r', '\n');
    return new Source(text.endsWith("\n") ? text.substring(0, text.length() - 1) : text);
  }

  JinjaException error(Kind kind, String reason, Span span) {
    int start = Math.min(span.start(), text.length());
    int line = line(start);
    int column = start - text.lastIndexOf('\n', start - 1);
    return new JinjaException(kind, reason, line, column, excerpt(span));
  }

  /** The line of {@code offset}, from 1. */
  int line(int offset) {
    int line = 1;
    for (int at = text.indexOf('\n'); at >= 0 && at < offset; at = text.indexOf('\n', at + 1)) {
      line++;
    }
    return line;
  }

  private String excerpt(Span span) {
    int start = Math.min(span.start(), text.length());
    int end = Math.min(span.end(), text.length());
    boolean isLong = end - start > LONGEST_EXCERPT;
    String piece = text.substring(start, isLong ? start + LONGEST_EXCERPT : end);
    piece = piece.replace('\n', ' ').strip();
    return isLong ? piece + "…" : piece;
  }
}
