package dev.flotilla.engine;

import java.util.Optional;

/** Chooses the tokens of one session. Confined to the compute thread of its stage. */
public interface Sampler extends AutoCloseable {
  /** Instead of a row, where the logits are not at hand. */
  int NO_ROW = -1;

  /** Takes note of a token that was not chosen here, a prompt's say, for the penalties. */
  void observe(int token);

  /**
   * Chooses the token that follows an output row of the stage's last run, and takes note of it.
   *
   * @param row the row's index in that batch
   * @param position the index of the new token in the session's sequence, which randomness is drawn
   *     from
   */
  Choice choose(int row, int position);

  /**
   * Takes note of a token that was chosen before the session came here, as {@link #choose} would
   * have.
   *
   * @param row the row of the stage's last run that it was chosen from, or {@link #NO_ROW} where
   *     the sampler needs none: it does with {@link SamplingOptions#mirostat}
   * @param position the index of the token in the session's sequence
   * @throws EngineException if the grammar does not allow it
   */
  void replay(int row, int position, int token);

  /** Frees everything native. */
  @Override
  void close();

  /**
   * A chosen token.
   *
   * @param token its id; {@link #NONE} when the grammar allows nothing more, which ends the answer
   * @param logprob how likely it was, where the options ask for that
   */
  record Choice(int token, Optional<TokenLogprob> logprob) {
    /** No token: the answer is complete. */
    public static final int NONE = -1;

    /** No token: none is wanted, as what it would follow was not chosen itself. */
    public static final int SKIPPED = -2;
  }
}
