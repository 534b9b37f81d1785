package dev.flotilla.engine;

import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A chosen token and how likely the model found it and its rivals, before any sampling option.
 *
 * @param chosen the token that was chosen
 * @param top the likeliest tokens, likeliest first; as many as the request asked for
 */
public record TokenLogprob(Candidate chosen, List<Candidate> top) {
  public TokenLogprob {
    top = List.copyOf(top);
  }

  /**
   * One token of the vocabulary.
   *
   * @param id its id
   * @param bytes the bytes it stands for, possibly a part of a UTF-8 character; not copied
   * @param logprob natural logarithm of its probability
   */
  public record Candidate(int id, byte[] bytes, float logprob) {
    @Override
    public boolean equals(@Nullable Object other) {
      return other instanceof Candidate that
          && id == that.id
          && logprob == that.logprob
          && Arrays.equals(bytes, that.bytes);
    }

    @Override
    public int hashCode() {
      return 31 * id + Float.hashCode(logprob);
    }

    @Override
    public String toString() {
      return "Candidate[id=" + id + ", logprob=" + logprob + "]";
    }
  }
}
