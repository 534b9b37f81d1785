package dev.flotilla.engine;

/** A model's tokens and the text they stand for. Immutable; any thread. */
public interface Vocabulary {

  /** How many tokens there are; ids run from 0. */
  int size();

  /**
   * The token ids of a text.
   *
   * @param addSpecial whether begin- and end-of-text tokens are added as the model is configured; a
   *     begin-of-text that the text itself starts with is not doubled
   * @param parseSpecial whether special tokens written in the text are read as such
   */
  int[] tokenize(String text, boolean addSpecial, boolean parseSpecial);

  /**
   * The bytes that a token adds to an answer: nothing for special tokens, possibly a part of a
   * UTF-8 character. Shared: must not be changed.
   */
  byte[] piece(int token);

  /** The bytes of a token, special tokens spelled out. */
  byte[] spelling(int token);

  /** The text of tokens, special ones included; broken UTF-8 becomes U+FFFD. */
  String detokenize(int[] tokens);

  /** Whether a token ends the answer. */
  boolean endsGeneration(int token);
}
