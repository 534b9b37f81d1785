package dev.flotilla.engine;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * How far an answer had come that another engine began. A session that is opened with it emits
 * exactly what the first one had left to emit: with {@link SessionRequest#deterministic} to the
 * token, else as near as the rounding of other batch shapes allows.
 *
 * <p>Text and log probabilities are functions of the tokens so far, so the tokens of all {@link
 * SessionEvent.Generated} events that were delivered, one after another, are the whole state: the
 * grammar, the penalties, mirostat, the bytes of an unfinished character and a stop string begun
 * are restored from them. Tokens that no delivered event named are generated again. The length of
 * the text tells one thing more: whether the end of the answer, which is held back until it is
 * certain, was delivered already.
 *
 * @param tokens the tokens of all events delivered, in order; not copied, must not be changed
 * @param shownChars the chars of their text
 */
public record Resumption(int[] tokens, int shownChars) {

  /** The beginning of an answer. */
  public static final Resumption NONE = new Resumption(new int[0], 0);

  public Resumption {
    if (shownChars < 0) {
      throw refused("%d chars can't have been shown".formatted(shownChars));
    }
  }

  /** A resumption that no answer to the request can have come to. */
  static EngineException refused(String problem) {
    return new EngineException(
        EngineFailure.INVALID_REQUEST,
        "resumption",
        "resumption is not of this request: " + problem);
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof Resumption that
        && shownChars == that.shownChars
        && Arrays.equals(tokens, that.tokens);
  }

  @Override
  public int hashCode() {
    return 31 * Arrays.hashCode(tokens) + shownChars;
  }

  @Override
  public String toString() {
    return "Resumption[" + tokens.length + " tokens, " + shownChars + " chars]";
  }
}
