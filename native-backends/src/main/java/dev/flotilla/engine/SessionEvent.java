package dev.flotilla.engine;

import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What happens to a session, in order: {@link Admitted}, any number of {@link Generated}, and
 * {@link Finished}. A session that can't go on fails with an {@link EngineException} instead.
 */
public sealed interface SessionEvent {

  /**
   * The session has its slot and its prompt is being read.
   *
   * @param promptTokens tokens of the prompt
   * @param cachedTokens of those, the ones that a cached prefix saves
   */
  record Admitted(int promptTokens, int cachedTokens) implements SessionEvent {}

  /**
   * More of the answer.
   *
   * @param text whole characters; free of special tokens and of any part of a stop string. Tokens
   *     that show nothing yet, since they may be part of either, wait for a later event
   * @param tokens all tokens generated since the last event; not copied, must not be changed
   * @param logprobs one entry per token of {@code tokens}, but for one that ends the answer, where
   *     the request asks for them
   */
  record Generated(String text, int[] tokens, List<TokenLogprob> logprobs) implements SessionEvent {
    @Override
    public boolean equals(@Nullable Object other) {
      return other instanceof Generated that
          && text.equals(that.text)
          && Arrays.equals(tokens, that.tokens)
          && logprobs.equals(that.logprobs);
    }

    @Override
    public int hashCode() {
      return Objects.hash(text, Arrays.hashCode(tokens), logprobs);
    }

    @Override
    public String toString() {
      return "Generated[" + text + ", " + Arrays.toString(tokens) + "]";
    }
  }

  /**
   * The end of the answer.
   *
   * @param reason why it ended
   * @param usage what it cost
   */
  record Finished(FinishReason reason, SessionUsage usage) implements SessionEvent {}
}
