package dev.flotilla.federation;

/**
 * Work on a replica. Fractions of sessions are expectations.
 *
 * @param sessions sessions
 * @param promptTokens prompt tokens to read
 * @param outputTokens tokens to generate
 */
public record Load(double sessions, double promptTokens, double outputTokens) {

  /** No work. */
  public static final Load NONE = new Load(0, 0, 0);

  /** Both together; never less than nothing. */
  Load plus(Load other) {
    return new Load(
        Math.max(0, sessions + other.sessions),
        Math.max(0, promptTokens + other.promptTokens),
        Math.max(0, outputTokens + other.outputTokens));
  }

  /** A multiple of it. */
  Load times(double factor) {
    return new Load(sessions * factor, promptTokens * factor, outputTokens * factor);
  }
}
