package dev.flotilla.node;

/**
 * How a node logs to standard error.
 *
 * @param format what a line looks like
 * @param level the least urgent level that is written
 */
public record LogOptions(Format format, Level level) {

  /** What a log line looks like. */
  public enum Format {
    /** For people. */
    TEXT,
    /** One JSON object a line, for programs. */
    JSON
  }

  /** Levels, most urgent first. */
  public enum Level {
    ERROR,
    WARN,
    INFO,
    DEBUG,
    TRACE
  }
}
