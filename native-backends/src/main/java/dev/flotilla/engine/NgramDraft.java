package dev.flotilla.engine;

import java.util.Arrays;
import java.util.function.IntPredicate;

/**
 * Guesses how a text goes on by what followed when its last tokens stood there before: prompt
 * lookup (Saxena 2023), which needs no second model. Pure.
 */
final class NgramDraft {
  /** Tokens that must be the same for a guess. */
  private static final int SHORTEST_MATCH = 2;

  /** Beyond this, one place is as good as another, and the latest is taken. */
  private static final int LONGEST_MATCH = 8;

  private static final int[] NONE = {};

  private NgramDraft() {}

  /**
   * The tokens that may follow.
   *
   * @param past the tokens before the last one
   * @param last the last token
   * @param most how many to guess; a text that repeats itself is taken to go on so
   * @param ends tokens that end a text, which no guess goes up to
   * @return at most so many; none if the last tokens have not stood together before
   */
  static int[] after(TokenList past, int last, int most, IntPredicate ends) {
    int from = most > 0 ? continuation(past, last) : 0;
    if (from == 0) {
      return NONE;
    }
    int[] draft = new int[most];
    for (int i = 0; i < most; i++) {
      draft[i] = at(past, last, draft, from + i);
      if (ends.test(draft[i])) {
        return Arrays.copyOf(draft, i);
      }
    }
    return draft;
  }

  private static int at(TokenList past, int last, int[] draft, int index) {
    int size = past.size();
    if (index < size) {
      return past.get(index);
    }
    return index == size ? last : draft[index - size - 1];
  }

  /** Where the text goes on after the longest match, the latest of these; 0 if there is none. */
  private static int continuation(TokenList past, int last) {
    int best = SHORTEST_MATCH - 1;
    int from = 0;
    for (int end = past.size() - 1; end >= best && best < LONGEST_MATCH; end--) {
      if (past.get(end) == last) {
        int match = 1 + matchBefore(past, end);
        if (match > best) {
          best = match;
          from = end + 1;
        }
      }
    }
    return from;
  }

  /** How many tokens before {@code end} are those before the last token. */
  private static int matchBefore(TokenList past, int end) {
    int match = 0;
    while (match < LONGEST_MATCH - 1
        && end - 1 - match >= 0
        && past.get(end - 1 - match) == past.get(past.size() - 1 - match)) {
      match++;
    }
    return match;
  }
}
