package dev.flotilla.engine;

import java.util.List;

/**
 * A batch that is being computed.
 *
 * @param sequences whose rows are in it
 * @param outputs those of them that have output rows, in the order of these rows
 * @param promptTokens rows of prompts; 0 if it generates
 * @param contended whether prompts and generation compete for the time
 */
record Step(
    List<Sequence> sequences,
    List<Output> outputs,
    int promptTokens,
    boolean contended,
    long sentNanos) {

  /** Guessed tokens in it. */
  int drafts() {
    return outputs.stream().mapToInt(output -> output.draft().length).sum();
  }

  /**
   * The output rows of a sequence: of its last token, and of a guess at what follows that.
   *
   * @param draft the guess, often empty; not copied, must not be changed
   */
  record Output(Sequence sequence, int[] draft) {
    private static final int[] NO_DRAFT = {};

    static Output plain(Sequence sequence) {
      return new Output(sequence, NO_DRAFT);
    }

    static List<Output> plain(List<Sequence> sequences) {
      return sequences.stream().map(Output::plain).toList();
    }
  }
}
