package dev.flotilla.federation;

import dev.flotilla.engine.Resumption;
import dev.flotilla.engine.SessionEvent.Generated;
import java.util.Arrays;
import java.util.Optional;

/**
 * What of an answer was delivered: enough to go on with it elsewhere. Bounded; an answer that grows
 * beyond the bound goes on, but can't be resumed. Not thread-safe.
 */
public final class RequestJournal {
  private final int maxTokens;
  private int[] tokens;
  private int size;
  private int chars;

  /**
   * A journal of at most {@code maxTokens}.
   *
   * @param start what was delivered before
   */
  public RequestJournal(int maxTokens, Resumption start) {
    this.maxTokens = maxTokens;
    this.tokens = start.tokens();
    this.size = tokens.length;
    this.chars = start.shownChars();
  }

  /** An event was delivered. */
  public void delivered(Generated event) {
    int more = event.tokens().length;
    chars += event.text().length();
    if (size + more <= maxTokens) {
      if (size + more > tokens.length) {
        tokens = Arrays.copyOf(tokens, Math.max(64, Math.max(size + more, 2 * tokens.length)));
      }
      System.arraycopy(event.tokens(), 0, tokens, size, more);
    } else {
      tokens = new int[0];
    }
    size += more;
  }

  /** Tokens delivered. */
  public int tokens() {
    return size;
  }

  /** Where to go on, unless the answer outgrew the journal. */
  public Optional<Resumption> resumption() {
    return size > maxTokens
        ? Optional.empty()
        : Optional.of(new Resumption(Arrays.copyOf(tokens, size), chars));
  }
}
