package dev.flotilla.engine;

import java.util.List;

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
   * @param text whole characters; free of special tokens and of any part of a stop string. May be
   *     empty where tokens are held back until they form a character or can't start a stop string
   * @param tokens how many tokens were generated since the last event
   * @param logprobs one entry per token whose text is in {@code text}, where the request asks for
   *     them
   */
  record Generated(String text, int tokens, List<TokenLogprob> logprobs) implements SessionEvent {}

  /**
   * The end of the answer.
   *
   * @param reason why it ended
   * @param usage what it cost
   */
  record Finished(FinishReason reason, SessionUsage usage) implements SessionEvent {}
}
